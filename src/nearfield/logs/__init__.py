"""Behaviour logs: from raw events to clean sessions, on DuckDB here, on Spark or a warehouse elsewhere."""

from nearfield.logs.clock import Clock
from nearfield.logs.collecting import SessionDetails
from nearfield.logs.log import Log, UnknownEvents
from nearfield.logs.reading import read_log
from nearfield.logs.report import CleaningReport, Dropped

__all__ = ["CleaningReport", "Clock", "Dropped", "Log", "SessionDetails", "UnknownEvents", "read_log"]
