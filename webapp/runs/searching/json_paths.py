"""Values inside the spec as database expressions, for SQLite and PostgreSQL.

Django's own key transforms give SQLite's JSON null as the text "null", which is the number 0 when it is cast,
and PostgreSQL sorts a JSON null and every text below all numbers: here what is no number is NULL.

The paths come from the spec's schema, never from a request.
"""

from typing import Any

from django.db.models import BooleanField, Field, FloatField, Func, IntegerField, TextField


class _Inside(Func):
    """An expression over the column `spec`; the templates may hold `%(path)s`, in each database's way."""

    arity = 1
    sqlite = postgresql = ""

    def __init__(self, *path: str, **extra: Any) -> None:
        super().__init__("spec", output_field=self.kind())
        self.path = path
        self.more = extra

    kind: type[Field] = TextField

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:
        path = "$" + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in self.path)
        return self._filled(self.sqlite, path, compiler)

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:
        return self._filled(self.postgresql, "{" + ",".join(self.path) + "}", compiler)

    def _filled(self, template: str, path: str, compiler: Any) -> tuple[str, list[Any]]:
        column, params = compiler.compile(self.source_expressions[0])
        return template.format(column=column, path=path, **self.more), list(params)


class SpecNumber(_Inside):
    """The number at a path; NULL where there is none."""

    kind = FloatField
    sqlite = (
        "CASE WHEN json_type({column}, '{path}') IN ('integer', 'real') "
        "THEN json_extract({column}, '{path}') END"
    )
    postgresql = (
        "CASE WHEN jsonb_typeof({column} #> '{path}') = 'number' "
        "THEN ({column} #>> '{path}')::double precision END"
    )


class SpecText(_Inside):
    """The text at a path."""

    sqlite = "json_extract({column}, '{path}')"
    postgresql = "({column} #>> '{path}')"


class SpecFlag(_Inside):
    """`yes` or `no` for the boolean at a path."""

    sqlite = "CASE json_type({column}, '{path}') WHEN 'true' THEN 'yes' WHEN 'false' THEN 'no' END"
    postgresql = "CASE {column} #>> '{path}' WHEN 'true' THEN 'yes' WHEN 'false' THEN 'no' END"


class SpecLength(_Inside):
    """How many items the list at a path has."""

    kind = IntegerField
    sqlite = "json_array_length({column}, '{path}')"
    postgresql = "jsonb_array_length({column} #> '{path}')"


class AnyItem(_Inside):
    """Whether one item of the list at a path has, at its own path, what compares with a value.

    `kind` is number, choice or flag; `op` an SQL operator.
    """

    kind = BooleanField
    conditional = True
    sqlite = "EXISTS (SELECT 1 FROM json_each({column}, '{path}') AS item WHERE {inner})"
    postgresql = "EXISTS (SELECT 1 FROM jsonb_array_elements({column} #> '{path}') AS item WHERE {inner})"
    OPS = frozenset({"=", "<", "<=", ">", ">=", "BETWEEN"})

    def __init__(self, path: str, inside: tuple[str, ...], kind: str, op: str, *values: Any) -> None:
        super().__init__(path)
        assert op in self.OPS
        self.inside, self.of_kind, self.op, self.values = inside, kind, op, values

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:
        at = "$" + "".join(f".{part}" for part in self.inside)
        read = {
            "number": f"json_extract(item.value, '{at}')",
            "choice": f"json_extract(item.value, '{at}')",
            "flag": f"json_type(item.value, '{at}')",
        }[self.of_kind]
        self.more = {"inner": self._compared(read)}
        sql, params = super().as_sqlite(compiler, connection)
        return sql, [*params, *self.values]

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:
        at = "{" + ",".join(self.inside) + "}"
        text = f"(item.value #>> '{at}')"
        read = f"{text}::double precision" if self.of_kind == "number" else text
        self.more = {"inner": self._compared(read)}
        sql, params = super().as_postgresql(compiler, connection)
        return sql, [*params, *self.values]

    def _compared(self, read: str) -> str:
        return f"{read} BETWEEN %s AND %s" if self.op == "BETWEEN" else f"{read} {self.op} %s"
