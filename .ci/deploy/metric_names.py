"""Compares the names of metrics in examples/deploy and the documentation with those of a scrape.

python metric_names.py METRICS
"""

import re
import sys
from pathlib import Path

# Before a parenthesis it is a method.
NAME = re.compile(r"\bpanopticon_[a-z_]*[a-z]\b(?!\()")

scraped = set(NAME.findall(re.sub("^#.*\n", "", Path(sys.argv[1]).read_text(), flags=re.MULTILINE)))
files = [path for path in Path("examples/deploy").rglob("*") if path.is_file()]
files += [Path("README.md"), Path("CHANGELOG.md"), *Path("panopticon/src/guide").glob("*.md")]

named = set()
unknown = []
for path in sorted(files):
    names = set(NAME.findall(path.read_text()))
    named |= names
    unknown += [f"{path}: no metric is named {name}" for name in sorted(names - scraped)]
if unknown:
    sys.exit("\n".join(unknown))
if not scraped <= named:
    sys.exit(f"not in the documentation: {', '.join(sorted(scraped - named))}")
print(f"{len(scraped)} metric names")
