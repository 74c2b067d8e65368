"""From raw text to sequences of words and phrases."""

from nearfield.text.readers import read_text as read_text
