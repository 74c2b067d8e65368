"""From files to examples: readers, schemas, hashing, admission, crosses."""
