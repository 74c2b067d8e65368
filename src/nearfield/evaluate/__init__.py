"""How good vectors are: words by similarity and analogies, items by what came next, nodes by edges held out.

And how good rankers are: the order of examples, their probabilities, and both as time goes on; and what learners keep
of the slices of a stream.
"""

from nearfield.evaluate.analogies import AnalogyResult, Section, word_analogies
from nearfield.evaluate.bands import Band
from nearfield.evaluate.breakdown import Group
from nearfield.evaluate.continual import (
    average_accuracy,
    backward_transfer,
    forgetting,
    forward_transfer,
    intransigence,
    minimum_accuracy,
    worst_case_accuracy,
)
from nearfield.evaluate.figures import Figure
from nearfield.evaluate.held_out_edges import LinkCases, hold_out_edges
from nearfield.evaluate.item_knn import ItemKNN
from nearfield.evaluate.links import LinkResult, link_prediction
from nearfield.evaluate.nodes import DegreeBand, NodeResult, ShareResult, node_classification
from nearfield.evaluate.popularity import Popularity
from nearfield.evaluate.progressive import Slice, progressive_validation
from nearfield.evaluate.ranking import RankingResult, judge_classes, judge_order, judge_values, ranking_quality
from nearfield.evaluate.readers import Pair, Question, read_pairs, read_questions
from nearfield.evaluate.reliability import Bin, calibration_error, calibration_interval, reliability
from nearfield.evaluate.retrieval import Recommender, RetrievalResult, item_retrieval, next_item
from nearfield.evaluate.rolling import rolling_by_time, rolling_last
from nearfield.evaluate.similarity import ScoredPairs, SimilarityResult, score_pairs, word_similarity
from nearfield.evaluate.splits import (
    Cases,
    Split,
    hold_out_sessions,
    leave_last_out,
    leave_last_session_out,
    split_by_time,
)

__all__ = [
    "AnalogyResult",
    "Band",
    "Bin",
    "Cases",
    "DegreeBand",
    "Figure",
    "Group",
    "ItemKNN",
    "LinkCases",
    "LinkResult",
    "NodeResult",
    "Pair",
    "Popularity",
    "Question",
    "RankingResult",
    "Recommender",
    "RetrievalResult",
    "ScoredPairs",
    "Section",
    "ShareResult",
    "SimilarityResult",
    "Slice",
    "Split",
    "average_accuracy",
    "backward_transfer",
    "calibration_error",
    "calibration_interval",
    "forgetting",
    "forward_transfer",
    "hold_out_edges",
    "hold_out_sessions",
    "intransigence",
    "item_retrieval",
    "judge_classes",
    "judge_order",
    "judge_values",
    "leave_last_out",
    "leave_last_session_out",
    "link_prediction",
    "minimum_accuracy",
    "next_item",
    "node_classification",
    "progressive_validation",
    "ranking_quality",
    "read_pairs",
    "read_questions",
    "reliability",
    "rolling_by_time",
    "rolling_last",
    "score_pairs",
    "split_by_time",
    "word_analogies",
    "word_similarity",
    "worst_case_accuracy",
]
