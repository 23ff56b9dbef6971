"""Statements of the turn, compiled once for each database: for these, compiling and binding would cost more than running."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

Value = Callable[[Mapping[str, object]], object]


class Statement:
    """A statement with named parameters; `others` are its wordings for other dialects, by their names. Its rows come as the
    driver gives them, so it selects text and numbers only."""

    def __init__(self, statement: ClauseElement, **others: ClauseElement) -> None:
        self._statement = statement
        self._others = others
        self._ready: dict[str, tuple[str, list[Value]]] = {}

    def __call__(self, connection: Connection, parameters: Mapping[str, object]) -> CursorResult[Any]:
        """Run it."""
        dialect = connection.dialect
        sql, values = self._ready.get(dialect.name) or self._prepare(dialect)
        return connection.exec_driver_sql(sql, tuple([value(parameters) for value in values]))

    def _prepare(self, dialect: Dialect) -> tuple[str, list[Value]]:
        compiled = self._others.get(dialect.name, self._statement).compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        values: list[Value] = []
        for name in compiled.positiontup or ():
            bound = compiled.binds[name]
            write = bound.type.dialect_impl(dialect).bind_processor(dialect)
            if not bound.required:
                values.append(partial(_constant, bound.value))
            elif write:
                values.append(partial(_written, name, write))
            else:
                values.append(partial(_plain, name))
        self._ready[dialect.name] = str(compiled), values
        return self._ready[dialect.name]


def _constant(value: object, parameters: Mapping[str, object]) -> object:
    return value


def _written(name: str, write: Callable[[Any], Any], parameters: Mapping[str, object]) -> object:
    return write(parameters[name])


def _plain(name: str, parameters: Mapping[str, object]) -> object:
    return parameters[name]
