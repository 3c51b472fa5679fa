"""A template of CloudFormation, JSON or YAML with short forms, and its intrinsic functions worked out as far as they can be.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from xgraph.ingest.imports._source import Source
from xgraph.ingest.services._answers import UNREAD
from xgraph.ingest.snapshot.layout import SnapshotError

NO_VALUE = object()
_DEEPEST = 100
_SUB = re.compile(r"\$\{(!?)([^${}]*)\}")
_DATES = "tag:yaml.org,2002:timestamp"


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML ships no types
    """YAML as CloudFormation reads it: short forms of functions, dates as text, no aliases, no key twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(None, None, "aliases are not part of CloudFormation", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: ARG002  the signature is PyYAML's
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key `{key.value}` stands twice", key.start_mark)
            seen.add(key.value)
        made: dict[Any, Any] = super().construct_mapping(node, deep=True)
        return made


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _DATES]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _short(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short)


def load_template(source: Source) -> dict[str, Any]:
    """The template. Raises SnapshotError when it is neither JSON nor YAML, or has no resources."""
    try:
        value = json.loads(source.text) if source.text.lstrip().startswith("{") else yaml.load(source.text, Loader=_Loader)  # noqa: S506  a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise SnapshotError(f"`{source.path}` is not a template: {error.problem}{place}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise SnapshotError(f"`{source.path}` is not a template: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise SnapshotError(f"`{source.path}` is nested too deeply") from None
    if not isinstance(value, dict) or not isinstance(value.get("Resources"), dict):
        raise SnapshotError(f"`{source.path}` is not a template of CloudFormation: it has no `Resources`")
    for logical, resource in value["Resources"].items():
        if logical.startswith("Fn::"):  # a loop or an inclusion, which makes resources that nobody knows
            value["Resources"][logical] = {"Type": logical.rpartition("::")[0] if logical.count("::") > 1 else logical}
            continue
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise SnapshotError(f"`{source.path}`: the resource `{logical}` has no `Type`")
        if not isinstance(resource.get("Properties", {}), dict):
            raise SnapshotError(f"`{source.path}`: the `Properties` of the resource `{logical}` are no object")
    return value


@dataclass(frozen=True, slots=True)
class Handle:
    """A reference to a resource of the template whose name or attribute is not known before it is deployed."""

    logical: str


@dataclass(slots=True)
class Values:
    """What functions of a template give: parameters, pseudo parameters, and what resources answer to Ref and GetAtt."""

    template: Mapping[str, Any]
    parameters: Mapping[str, Any]
    attribute: Callable[[str, str], Any]
    _conditions: dict[str, Any] = field(default_factory=dict)

    def get(self, value: Any, depth: int = 0) -> Any:
        """`value` worked out. UNREAD stands where nobody knows; a Handle where it would be a resource's own name or ARN."""
        if depth > _DEEPEST:
            return UNREAD
        if isinstance(value, list):
            return [found for each in value if (found := self.get(each, depth + 1)) is not NO_VALUE]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref" or str(name).startswith("Fn::"):
                return self._function(str(name), argument, depth + 1)
        return {key: found for key, each in value.items() if (found := self.get(each, depth + 1)) is not NO_VALUE}

    def holds(self, name: Any) -> Any:
        """Whether a condition holds: True, False, or UNREAD."""
        if name not in self._conditions:
            self._conditions[name] = UNREAD  # a condition that depends on itself is not known
            self._conditions[name] = self._truth((self.template.get("Conditions") or {}).get(name, UNREAD))
        return self._conditions[name]

    def _truth(self, value: Any) -> Any:
        if not isinstance(value, Mapping) or len(value) != 1:
            return UNREAD
        ((name, argument),) = value.items()
        if name == "Condition":
            return self.holds(argument)
        if name == "Fn::Equals" and isinstance(argument, list) and len(argument) == 2:
            one, other = self.get(argument[0]), self.get(argument[1])
            return UNREAD if is_unknown(one) or is_unknown(other) else str(one) == str(other)
        found = [self._truth(each) for each in argument] if isinstance(argument, list) else []
        if name == "Fn::Not" and len(found) == 1:
            return UNREAD if found[0] is UNREAD else not found[0]
        if name == "Fn::And" and found:
            return False if False in found else UNREAD if UNREAD in found else True
        if name == "Fn::Or" and found:
            return True if True in found else UNREAD if UNREAD in found else False
        return UNREAD

    def _function(self, name: str, argument: Any, depth: int) -> Any:
        if name == "Ref":
            return self._reference(str(argument))
        if name == "Fn::GetAtt":
            parts = argument if isinstance(argument, list) else str(argument).split(".", 1)
            return self.attribute(str(parts[0]), str(parts[1])) if len(parts) == 2 else UNREAD
        if name == "Fn::Sub":
            return self._substituted(argument, depth)
        if name == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
            holds = self.holds(argument[0])
            return UNREAD if holds is UNREAD else self.get(argument[1 if holds else 2], depth)
        arguments = self.get(argument, depth)
        if name == "Fn::Join" and isinstance(arguments, list) and len(arguments) == 2 and isinstance(arguments[1], list):
            return UNREAD if is_unknown(arguments) else str(arguments[0]).join(map(str, arguments[1]))
        if name == "Fn::Split" and isinstance(arguments, list) and len(arguments) == 2 and not is_unknown(arguments) and arguments[0]:
            return str(arguments[1]).split(str(arguments[0]))
        if name == "Fn::Select" and isinstance(arguments, list) and len(arguments) == 2 and isinstance(arguments[1], list):
            index = str(arguments[0])
            return arguments[1][int(index)] if index.isdecimal() and int(index) < len(arguments[1]) else UNREAD
        if name == "Fn::FindInMap" and isinstance(arguments, list) and len(arguments) >= 3 and not is_unknown(arguments):
            found: Any = self.template.get("Mappings")
            for each in arguments[:3]:
                found = found.get(str(each), UNREAD) if isinstance(found, Mapping) else UNREAD
            return found
        return UNREAD

    def _reference(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self.parameters:
            return self.parameters[name]
        return self.attribute(name, "") if name in self.template["Resources"] else UNREAD

    def _substituted(self, argument: Any, depth: int) -> Any:
        text, given = (argument[0], argument[1]) if isinstance(argument, list) and len(argument) == 2 else (argument, {})
        if not isinstance(text, str) or not isinstance(given, Mapping):
            return UNREAD
        unknown = False

        def one(found: re.Match[str]) -> str:
            nonlocal unknown
            name = found[2].strip()
            if found[1]:
                return f"${{{name}}}"
            if name in given:
                value = self.get(given[name], depth)
            elif "." in name:
                value = self.attribute(*name.split(".", 1))
            else:
                value = self._reference(name)
            unknown = unknown or is_unknown(value) or not isinstance(value, str | int | float)
            return str(value)

        written = _SUB.sub(one, text)
        return UNREAD if unknown else written


def is_unknown(value: Any) -> bool:
    """Whether anything in `value` is not known before it is deployed."""
    if value is UNREAD or isinstance(value, Handle):
        return True
    if isinstance(value, Mapping):
        return any(is_unknown(each) for each in value.values())
    return isinstance(value, list) and any(is_unknown(each) for each in value)
