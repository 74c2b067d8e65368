"""The README.md of a saved folder: what the vectors are, how they were made, how to use them."""

from __future__ import annotations

import json
from typing import Any

from nearfield.reading import described, reading_of
from nearfield.vectors import Vectors

CARD = """\
---
library_name: nearfield
tags: [embeddings]
---

# {title}

{n:,} keys × {dim} dimensions, stored as {storage}; {tables}.
{frequent}
## How they were made

{made}{read}
## Use

```sh
nearfield inspect {name}
nearfield similar {name} {key}
```

```python
import nearfield as nf

vectors = nf.load({name!r})
vectors.similar({key!r}, k=10)
vectors[{key!r}]  # float32, shape ({dim},)
```

No file here can run code: `vectors.safetensors` holds the numbers, `keys.txt` a key for each row, `config.json`
the rest.
"""


def model_card(vectors: Vectors, name: str, title: str | None = None) -> str:
    """Return the text, in Markdown, for `vectors` saved as `name`, which is the title, too, unless there is another."""
    key = next((key for key in vectors.keys if key.isalnum()), "KEY")
    frequent = ""
    if vectors.counts is not None:
        shown = ", ".join(json.dumps(key, ensure_ascii=False) for key in vectors.keys[:10])
        frequent = f"Seen {int(vectors.counts.sum()):,} times in all; the most frequent keys are {shown}.\n"
    return CARD.format(
        name=name,
        title=" ".join((title or name).split()),
        n=len(vectors),
        dim=vectors.dim,
        storage=vectors.storage,
        tables="input rows only" if len(vectors.tables) == 1 else f"{' and '.join(vectors.tables)} rows",
        frequent=frequent,
        made=_table_of(vectors.metadata.get("trained")) or "The metadata do not say.\n",
        read=_reading_of(vectors),
        key=key,
    )


def _reading_of(vectors: Vectors) -> str:
    """How the input of the fit was read, a table for each function that read it."""
    steps = described(reading_of(vectors))
    tables = (f"\nBy `{name}`:\n\n{_table_of(options)}" for name, options in steps.items() if options)
    return "".join(["\n## How the input was read\n", *tables]) if steps else ""


def _table_of(settings: Any) -> str:
    if not isinstance(settings, dict) or not settings:
        return ""
    rows = (f"| {_cell(name)} | {_cell(value)} |\n" for name, value in settings.items())
    return "| setting | value |\n|---|---|\n" + "".join(rows)


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split()).replace("|", "\\|")
