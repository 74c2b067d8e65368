"""From raw text to sequences of words and phrases."""

from nearfield.text.phrases import ENGLISH_CONNECTOR_WORDS as ENGLISH_CONNECTOR_WORDS
from nearfield.text.phrases import Phrases as Phrases
from nearfield.text.readers import read_text as read_text
