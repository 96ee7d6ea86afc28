"""`rancak index`: the index of a scope and period, with all that it is made of."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.commands.client import client
from services.commands.external import external_table
from services.scoring.domain.elements import ELEMENTS
from services.scoring.domain.ikm import RULE_SETS, WeightMethod

Scope = Annotated[str, typer.Argument(help="city | agency:X | service:X.Y | place:X")]
Period = Annotated[str, typer.Argument(help="2026 | 2026-S1 | 2026-Q3 | 2026-09 | 2026-09-14")]
Series = Annotated[str, typer.Option(help="all, or some of: invited,open,assisted,agency,imported")]
Method = Annotated[
    WeightMethod, typer.Option(help="1/9, or as older reports cut it · Bobot tiap unsur.")
]
Population = Annotated[
    int | None, typer.Option(min=1, help="Jumlah pengguna layanan · Users in the period.")
]
Live = Annotated[bool, typer.Option("--live", help="Untuk kunci instansi · For an agency's key.")]
Json = Annotated[bool, typer.Option("--json", help="Satu objek JSON · One JSON object.")]
COLOURS = {"A": "green", "B": "cyan", "C": "yellow", "D": "red"}
NO_ANSWERS = {
    "live": "Belum ada jawaban · No answers yet (n = 0)",
    "public": "Belum diumumkan · Nothing published yet (from 10 answers on)",
}
MISSING = "–"
EXAMPLE = "Contoh/simulasi – bukan data resmi · simulated, not official"


def index(
    scope: Scope,
    period: Period,
    series: Series = "all",
    weight_method: Method = WeightMethod.EXACT,
    population: Population = None,
    live: Live = False,
    as_json: Json = False,
) -> None:
    """Indeks kepuasan suatu lingkup dan masa · The index of a scope and period."""
    asked = {
        "scope": scope,
        "period": period,
        "series": series,
        "view": "live" if live else "public",
        "weight_method": weight_method.value,
    }
    if population is not None:
        asked["population"] = str(population)
    with client(needs_key=live) as rancak:
        answer = rancak.get("/v1/index", asked)
    console = Console()
    if as_json:
        console.print_json(data=answer)
        return
    say_if_example(console, answer)
    console.print(_headline(answer))
    if answer["n"]:
        console.print(_table(answer))
    console.print(_footer(answer), highlight=False, style="dim")
    if answer["external"]:
        console.print(external_table(answer["external"]))


def say_if_example(console: Console, answer: Mapping[str, Any]) -> None:
    """Made-up figures must not pass for official ones."""
    if answer["example"]:
        console.print(Text(EXAMPLE, "bold yellow"))


def called(answer: Mapping[str, Any], scope: str = "scope") -> str:
    """What the scope of an answer is called: its name and its code, if it has a name."""
    code: str = answer[scope]
    return f"{answer['name']} ({code})" if answer["name"] else code


def _headline(answer: dict[str, Any]) -> Text:
    headline = Text.assemble((f"{called(answer)} · {answer['period']}\n", "bold"))
    if answer["index"] is None:
        return headline.append(NO_ANSWERS[answer["view"]])
    letter = answer["class"] or MISSING
    style = f"bold {COLOURS.get(letter, '')}"
    headline.append(f"{answer['index']}, {letter}", style)
    if answer["perhaps"]:
        headline.append(f" (mungkin · perhaps {', '.join(answer['perhaps'])})")
    headline.append(f"  {_meaning(answer['rule_set'], letter)}   n = {answer['n']:,}")
    if answer["interval"]:
        low, high = answer["interval"]["low"], answer["interval"]["high"]
        headline.append(f"\n95%: {low} – {high}", "dim")
    if answer["provisional"]:
        headline.append("  sementara · provisional", "yellow")
    if answer["population"]:
        headline.append(f"  N = {answer['population']:,}, minimum {answer['minimum']:,}", "dim")
    return headline


def _table(answer: dict[str, Any]) -> Table:
    table = Table()
    table.add_column("Unsur · Element")
    for heading in ("n", "ΣS", "NRR", "Indeks"):
        table.add_column(heading, justify="right")
    table.add_column("Kelas", justify="center")
    for element in ELEMENTS:
        part = answer["elements"][element.code]
        letter = part["class"] or MISSING
        table.add_row(
            f"{element.indonesian} · [dim]{element.english}[/]",
            MISSING if part["n"] is None else f"{part['n']:,}",
            MISSING if part["sum"] is None else f"{part['sum']:,}",
            part["nrr"] or MISSING,
            part["index"] or MISSING,
            Text(letter, COLOURS.get(letter, "")),
        )
    return table


def _footer(answer: dict[str, Any]) -> str:
    lines = [
        f"{answer['rule_set']} · weight {_weights(answer)}",
        f"as of {answer['as_of']}",
    ]
    if answer["figure"]:
        lines.append(f"kuitansi · receipt {answer['figure']}")
    if answer["exact"] is not None:
        lines[0] += f" · exact {answer['exact']}"
    if answer["by_series"]:
        series = ", ".join(f"{name} {n:,}" for name, n in answer["by_series"].items())
        lines.insert(0, f"series: {series}")
    return "\n".join(_extra(answer) + lines)


def _weights(answer: dict[str, Any]) -> str:
    """The weight that all have, or where they differ each."""
    method, questionnaire = answer["weight_method"], answer["questionnaire"]
    weights = answer["weights"]
    if len(set(weights.values())) == 1:
        return f"{method} ({questionnaire})"
    told = ", ".join(f"{code} {weight}" for code, weight in weights.items())
    return f"{questionnaire}: {told}"


def _extra(answer: dict[str, Any]) -> list[str]:
    """An agency's own elements, one a line."""
    return [
        f"di luar IKM · outside the index: {code} ({questionnaire}) "
        f"n {each['n']:,}, NRR {each['nrr'] or MISSING}, {each['index'] or MISSING}"
        for questionnaire, elements in answer["extra"].items()
        for code, each in elements.items()
    ]


def _meaning(rule_set: str, letter: str) -> str:
    bands = {
        (rules.name, band.letter): f"{band.indonesian} · {band.english}"
        for rules in RULE_SETS
        for band in rules.bands
    }
    return bands.get((rule_set, letter), "")
