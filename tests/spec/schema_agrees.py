#!/usr/bin/env python3
"""Do the reader and the JSON Schema accept and refuse the same files?

usage: schema_agrees.py SCHEMA ROOT

SCHEMA is a file that holds what `treefall schema` prints. Every file under tests/spec/fixtures/good and under examples that the reader
accepts must be accepted; every file under fixtures/bad must be refused, unless it says `# schema: accepts`: its
mistakes are between places of the file (names, combinations), which is beyond a schema - then it must be accepted, so
that the mark cannot outlive its reason.
"""
import json
import pathlib
import re
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors use it: no yes/no, no octal with a leading zero, exponents without a point."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"^(true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", "-+0123456789."),
    ("merge", r"^<<$", "<"),
]:
    Loader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first))
Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))
Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))


def expansion(node, seen, open_nodes):
    """How many values a node stands for with its aliases followed."""
    if id(node) in open_nodes:
        raise ValueError("an alias stands inside what it refers to")
    if id(node) not in seen:
        inside = []
        if isinstance(node, yaml.SequenceNode):
            inside = node.value
        elif isinstance(node, yaml.MappingNode):
            inside = [part for pair in node.value for part in pair]
        seen[id(node)] = 1 + sum(expansion(part, seen, open_nodes | {id(node)}) for part in inside)
    return seen[id(node)]


def refusal(validator, path):
    """Why the file is refused, or None."""
    try:
        text = path.read_bytes()
        root = yaml.compose(text, Loader)
        if root is not None and expansion(root, {}, frozenset()) > 100_000:
            return "the aliases expand to too much"
        errors = list(validator.iter_errors(yaml.load(text, Loader)))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        return f"not readable: {error}"
    return errors[0].message[:200] if errors else None


def undescribed(schema):
    """Properties without a description; definitions without one are conditions on what others describe."""
    for name, definition in schema["definitions"].items():
        for key, value in definition.get("properties", {}).items():
            if "description" in definition and not value.get("description"):
                yield f"{name}/{key}"


def main():
    root = pathlib.Path(sys.argv[2])
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    problems = [f"no description: {place}" for place in undescribed(schema)]
    fixtures = root / "tests/spec/fixtures"
    good = sorted((fixtures / "good").glob("*.yaml"))
    bad = sorted((fixtures / "bad").glob("*.yaml"))
    for path in good + sorted((root / "examples").rglob("*.yaml")):
        if b"treefall:" not in path.read_bytes():
            continue
        if why := refusal(validator, path):
            problems.append(f"{path}: the schema refuses what the reader takes: {why}")
    for path in bad:
        accepts = b"# schema: accepts" in path.read_bytes()
        why = refusal(validator, path)
        if accepts and why:
            problems.append(f"{path}: is marked as beyond the schema, which refuses it: {why}")
        if not accepts and not why:
            problems.append(f"{path}: the schema accepts what the reader refuses")
    print("\n".join(problems) or f"reader and schema agree on {len(good) + len(bad)} files")
    return 1 if problems or len(good) < 5 or len(bad) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
