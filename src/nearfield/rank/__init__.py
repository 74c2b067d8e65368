"""Models that rank: from examples to a probability or a value."""

from nearfield.rank.calibration import IsotonicCalibration as IsotonicCalibration
from nearfield.rank.calibration import PlattCalibration as PlattCalibration
from nearfield.rank.calibration import load_calibration as load_calibration
from nearfield.rank.cross_network import DCNv2 as DCNv2
from nearfield.rank.cross_search import FoundCross as FoundCross
from nearfield.rank.cross_search import search_crosses as search_crosses
from nearfield.rank.deep_fm import DeepFM as DeepFM
from nearfield.rank.factorization_machine import FactorizationMachine as FactorizationMachine
from nearfield.rank.features.admission import Admission as Admission
from nearfield.rank.features.admission import load_admission as load_admission
from nearfield.rank.features.admission_policies import BloomFilter as BloomFilter
from nearfield.rank.features.admission_policies import MinimumCount as MinimumCount
from nearfield.rank.features.admission_policies import Poisson as Poisson
from nearfield.rank.features.crosses import cross as cross
from nearfield.rank.features.hashed_names import hashed_names as hashed_names
from nearfield.rank.field_aware import FieldAwareFM as FieldAwareFM
from nearfield.rank.fixed_point import FixedPointModel as FixedPointModel
from nearfield.rank.logistic_regression import LogisticRegression as LogisticRegression
from nearfield.rank.ranker import Ranker as Ranker
from nearfield.rank.ranker import load_ranker as load_ranker
from nearfield.rank.wide_and_deep import WideAndDeep as WideAndDeep

MODELS: dict[str, type[Ranker]] = {
    model.__name__: model
    for model in (LogisticRegression, FactorizationMachine, FieldAwareFM, WideAndDeep, DeepFM, DCNv2)
}

__all__ = [
    "MODELS",
    "Admission",
    "BloomFilter",
    "DCNv2",
    "DeepFM",
    "FactorizationMachine",
    "FieldAwareFM",
    "FixedPointModel",
    "FoundCross",
    "IsotonicCalibration",
    "LogisticRegression",
    "MinimumCount",
    "PlattCalibration",
    "Poisson",
    "Ranker",
    "WideAndDeep",
    "cross",
    "hashed_names",
    "load_admission",
    "load_calibration",
    "load_ranker",
    "search_crosses",
]
