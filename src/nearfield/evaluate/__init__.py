"""How good vectors are: words by similarity and analogies, items by what came next."""

from nearfield.evaluate.analogies import AnalogyResult, Section, word_analogies
from nearfield.evaluate.bands import Band
from nearfield.evaluate.readers import Pair, Question, read_pairs, read_questions
from nearfield.evaluate.retrieval import Popularity, RetrievalResult, leave_last_out, next_item
from nearfield.evaluate.similarity import ScoredPairs, SimilarityResult, score_pairs, word_similarity

__all__ = [
    "AnalogyResult",
    "Band",
    "Pair",
    "Popularity",
    "Question",
    "RetrievalResult",
    "ScoredPairs",
    "Section",
    "SimilarityResult",
    "leave_last_out",
    "next_item",
    "read_pairs",
    "read_questions",
    "score_pairs",
    "word_analogies",
    "word_similarity",
]
