"""Recommendation in two stages: candidates by vectors, then put in order by a ranker, as one object."""

from nearfield.recommend.candidate_features import CandidateFeatures
from nearfield.recommend.two_stage import TwoStageRecommender, load_recommender

__all__ = ["CandidateFeatures", "TwoStageRecommender", "load_recommender"]
