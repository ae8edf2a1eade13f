"""Writing many rows in one statement: columns travel as arrays, so a batch of 500 costs one round trip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.db import Tx


@dataclass(frozen=True)
class Bulk:
    """A table to write in bulk. `columns` maps names to PostgreSQL types; `jsonb` values are passed as JSON text."""

    table: str
    columns: Mapping[str, str]
    key: tuple[str, ...] = ()

    async def insert(self, tx: Tx, rows: Sequence[Sequence[object]]) -> None:
        """Insert the rows, in order."""
        if rows:
            await tx.fetch(self._insert(), *_transposed(rows))

    async def upsert(self, tx: Tx, rows: Sequence[Sequence[object]]) -> None:
        """Insert the rows, or bring the ones that exist up to date, in order; a key may occur once."""
        if rows:
            changed = [name for name in self.columns if name not in self.key]
            updates = ", ".join(f"{name} = excluded.{name}" for name in changed)
            conflict = f" on conflict ({', '.join(self.key)}) do update set {updates}"
            await tx.fetch(self._insert() + conflict, *_transposed(rows))

    def _insert(self) -> str:
        names = ", ".join(self.columns)
        values = ", ".join(f"{name}::jsonb" if kind == "jsonb" else name for name, kind in self.columns.items())
        kinds = ["text" if kind == "jsonb" else kind for kind in self.columns.values()]
        arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(kinds, 1))
        return (
            f"insert into {self.table} ({names}) select {values} "
            f"from unnest({arrays}) with ordinality as r ({names}, position) order by position"
        )


def _transposed(rows: Sequence[Sequence[object]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
