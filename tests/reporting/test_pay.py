"""Pay in sentences and tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from syrupy.assertion import SnapshotAssertion

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.pay import ALSO, price_plans
from quotarisk.reporting.layout import GAP, lay_out
from quotarisk.reporting.pay import pay_reply, pay_tables
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.reply_book import draw_reply_book
from quotarisk.reporting.reply_data import reply_as_json
from quotarisk.reporting.reply_page import draw_reply_page
from quotarisk.reporting.reply_screen import draw_reply
from quotarisk.reporting.tables import Table, write_cell
from quotarisk.scenario.scenario import Scenario
from tests.analysis.cases import make, segment

BEHAVIOURS = ("pull_forward", "sandbag", "give_up")
TIERS = [{"from": 0.0, "rate": 1.0}, {"from": 1.0, "rate": 2.0}]
AE: dict[str, Any] = {"base": 60_000.0, "target_variable": 60_000.0, "cadence": "quarter"}
RICH: dict[str, Any] = {
    **AE, "tiers": TIERS, "threshold": 0.3, "cap": 3.0,
    "spifs": [{"segment": "large", "per_deal": 4_000.0}],
}  # fmt: skip
SEGMENTS: dict[str, Any] = {
    "small": segment(opps=1.5, win=0.35, size={"median": 7_000.0, "p90": 15_000.0}, cycle=20.0)
    | {"cost_per_opp": 300.0, "lifetime_value": 30_000.0, "inbound_opps_per_week": 0.5},
    "large": segment(opps=0.4, win=0.25, size={"median": 30_000.0, "p90": 80_000.0}, cycle=60.0)
    | {"cost_per_opp": 900.0, "lifetime_value": 90_000.0},
}
REPS: tuple[dict[str, Any], ...] = (
    {"name": "Ana", "group": "East", "pay": "ae", "quota": {"month": 45_000.0}},
    {"name": "Bo", "group": "East", "pay": "ae", "quota": {"month": 60_000.0}},
    {"name": "Cy", "pay": "ae", "quota": {"month": 30_000.0}, "segments": {"small": {}}},
)


def _team(*reps: dict[str, Any], **told: Any) -> Scenario:
    usual = {
        "pay": {"ae": RICH, "flat": AE},
        "team": {"quota": {"year": 1_400_000.0}},
        "months": 12,
    }
    return make(SEGMENTS, *(reps or REPS), **{**usual, **told})


def _price(scenario: Scenario, **told: Any) -> Answer:
    usual = {"paths": 400, "seed": 1, "step": 0.5, "also": ALSO}
    return price_plans(scenario, **{**usual, **told})


@pytest.fixture(scope="module")
def compared() -> Answer:
    """Everybody on one plan, then on another, with all that can be asked."""
    return _price(_team(), plans=["ae", "flat"], behaviour=BEHAVIOURS, risk_aversion=2.0)


@pytest.fixture(scope="module")
def plain() -> Answer:
    """Everybody on the own plan."""
    return _price(_team())


def _tables(reply: Reply) -> dict[str, Table]:
    return {table.key: table for table in reply.tables}


def _by_cadence(reply: Reply) -> Table:
    return next(table for table in reply.tables if table.title.startswith("What if the"))


def _brief(scenario: Scenario, **told: Any) -> Reply:
    return pay_reply(_price(scenario, **told), scenario, in_full=False, with_chart=True)


def _told(reply: Reply) -> str:
    return " ".join(reply.sentences)


def _bare(answer: Answer, scenario: Scenario) -> Reply:
    """For people, of an answer without mixes and efficiency."""
    nothing = _price(scenario, paths=20).parts
    parts = {key: nothing[key].clear() for key in ("mixes", "spifs", "efficiency")}
    return pay_reply(replace(answer, parts={**parts, **answer.parts}), scenario, in_full=False)


def _with_part(answer: Answer, key: str, **columns: pl.Expr | pl.Series) -> Answer:
    parts = {**answer.parts, key: answer.parts[key].with_columns(**columns)}
    return replace(answer, parts=parts)


@pytest.mark.parametrize("in_full", [True, False])
@pytest.mark.parametrize("with_chart", [True, False])
def test_columns_are_there(compared: Answer, in_full: bool, with_chart: bool) -> None:
    """Every column that is shown, and every error, and each cell can be written."""
    reply = pay_reply(compared, _team(), in_full=in_full, with_chart=with_chart)
    for table in reply.tables:
        keys = [column.key for column in table.columns]
        assert len(keys) == len(set(keys)), table.key
        for column in table.columns:
            assert column.key in table.frame.columns, (table.key, column.key)
            assert column.note.endswith(".")
            assert column.label
            assert not column.error or column.error in table.frame.columns, column
            for row in table.frame.head(3).iter_rows(named=True):
                assert write_cell(column, row)[0]


def test_programs_get_all(compared: Answer) -> None:
    """Every table in full, with every figure and every error."""
    tables = _tables(pay_reply(compared, _team()))
    frames = {"pay": compared.frame, **compared.parts}

    assert tuple(tables) == pay_tables(["ae", "flat"], BEHAVIOURS)
    assert set(frames) == set(tables)
    for key, frame in frames.items():
        shown = {column.key for column in tables[key].columns}
        shown |= {column.error for column in tables[key].columns}
        assert frame.equals(tables[key].frame)
        labels = [column.label.casefold() for column in tables[key].columns]
        assert len(labels) == len(set(labels)), key
        assert set(frame.columns) == shown - {""}


def test_tables_that_are_asked_for(plain: Answer) -> None:
    """Nothing is compared with one plan, and nobody changes behaviour by default."""
    assert pay_tables() == tuple(_tables(pay_reply(plain, _team())))
    assert {"compare"} == set(pay_tables(["ae", "flat"])) - set(pay_tables(["ae", "ae"]))
    assert {"behaviour"} == set(pay_tables((), ["give_up"])) - set(pay_tables())


def test_people_see_the_team_first(plain: Answer) -> None:
    """The team, groups, reps; of the deals and cadences the team alone."""
    tables = _tables(pay_reply(plain, _team(), in_full=False))

    assert ["Team", "East", "Ana", "Bo", "Cy"] == tables["pay"].frame["unit"].to_list()
    assert {"2027"} == set(tables["pay"].frame["period"])
    of_team = _by_cadence(pay_reply(plain, _team(), in_full=False))
    assert ["month", "quarter, as it is", "year"] == of_team.frame["by"].to_list()
    assert of_team.key in pay_tables()  # a cut table names it for --table
    assert ["Ana", "Bo", "Cy"] == tables["cadences"].frame["unit"].to_list()
    assert ["0 to 20", "20 to 30", "30 to 90", "90 to 100", "100 and more"] == tables[
        "deals"
    ].frame["band"].to_list()
    assert ["Ana", "Bo"] == tables["mixes"].frame["name"].to_list()


def test_the_mean_of_the_quarters(plain: Answer) -> None:
    """P(OTE) of the plan's period stands beside that of the year."""
    table = _tables(pay_reply(plain, _team(), in_full=False))["pay"]
    quarters = plain.frame.filter(name="Ana", cadence="quarter")

    assert "P(OTE) quarter" in [column.label for column in table.columns]
    shown = table.frame.row(by_predicate=pl.col("unit") == "Ana", named=True)
    assert shown["p_ote_part"] == pytest.approx(quarters["p_ote"].mean())
    assert shown["p_ote_part_se"] == pytest.approx(quarters["p_ote_se"].mean())


def test_sentences(plain: Answer) -> None:
    """Three to eight say what it costs, who earns the OTE, what is sold and what comes of it."""
    sentences = _told(reply := pay_reply(plain, _team()))
    team = plain.frame.filter(level="team", cadence="year").row(0, named=True)

    assert 3 <= len(reply.sentences) <= 8
    for part in (
        "In 2027 plan ae pays the team ", " USD in the median future (the budget) and ",
        f"Pay is {100 * team['cost_of_sales']:.1f} % of bookings.",
        "the cost of the average is not the average cost, which is ",
        " more likely than not to earn the OTE of 2027: from ",
        "By the month instead of the quarter the same plan pays ", " from month to month; ",
        "Under plan ae ", "At today's mixes the SPIF on large pays ", "A won deal costs ",
        "programme spend and pay (", "and its lifetime value is ",
    ):  # fmt: skip
        assert part in sentences, (part, sentences)


def test_two_plans(compared: Answer) -> None:
    """The first is told of, the second held against it; behaviour is told with its sources."""
    reply = pay_reply(compared, _team(), in_full=False, with_chart=True)
    tables, sentences = _tables(reply), _told(reply)

    assert "Instead of ae, flat pays the team " in sentences
    assert "If people acted on their pay as is assumed below, the team would book " in sentences
    for name in BEHAVIOURS:
        assert f"({name})" in sentences
    assert {"flat"} == set(tables["compare"].frame["plan"])
    assert tables["compare"].title.startswith("What does flat pay in 2027 instead of ae?")
    assert "plan" in [column.key for column in tables["pay"].columns]
    assert ["certainty_mix"] == [c.key for c in tables["mixes"].columns if "surest" in c.label]
    assert reply.notes[0].startswith("Apart from the behaviours that are named, nobody changes")
    assert ["ae"] * 5 + ["flat"] * 3 == tables["deals"].frame["plan"].to_list()
    assert "spif" not in [column.key for column in tables["spifs"].columns]


def test_nothing_changes_is_a_dash(compared: Answer) -> None:
    """Where nothing changes but for cents there is no change, and no verdict on it."""
    tables = _tables(reply := pay_reply(compared, _team(), in_full=False))

    assert _by_cadence(reply).frame["mean_change"][1] is None
    rows = tables["cadences"].frame.filter(plan="flat", name="Ana")
    assert [None] == rows["change_month"].to_list()
    assert [None] == rows["verdict_month"].to_list()


def test_sources_on_the_page(compared: Answer) -> None:
    """A screen tells sources below the table, a page in its captions."""
    screen = draw_reply(pay_reply(compared, _team(), in_full=False, with_chart=True), width=80)
    page = draw_reply_page(pay_reply(compared, _team(), in_full=False))

    assert "Assumed, and who found it:" in screen
    assert "doi:10.1086/673371" in screen
    assert "sandbag: 100 % of what comes after the cap is held back" in page
    assert "━" in screen
    assert "━" not in page


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("plans", [None, ["ae", "flat"]])
def test_the_screen_keeps_its_width(width: int, plans: list[str] | None) -> None:
    """At both widths, with one plan and with two."""
    reply = _brief(_team(), plans=plans, behaviour=BEHAVIOURS, paths=60)
    drawn = draw_reply(reply, width=width)

    assert max(map(len, drawn.splitlines())) <= width
    assert "exposure only" in drawn


def test_screen(plain: Answer, snapshot: SnapshotAssertion) -> None:
    """What a manager reads."""
    scenario = _team()
    drawn = draw_reply(pay_reply(plain, scenario, in_full=False, with_chart=True), width=80)

    assert snapshot == drawn.replace(scenario.fingerprint[:12], "HASH")


def test_other_forms(compared: Answer) -> None:
    """The workbook and JSON hold every table."""
    reply = pay_reply(compared, _team())

    assert draw_reply_book(reply).startswith(b"PK")
    for key in pay_tables(["ae", "flat"], BEHAVIOURS):
        assert f'"{key}": ['.encode() in reply_as_json(reply)


def test_a_rep_alone() -> None:
    """Of one rep no sums are told: the rep is the answer."""
    scenario = _team(REPS[0], team={})
    reply = _brief(scenario, plans=["ae", "flat"], behaviour=["give_up", "sandbag"])
    tables, sentences = _tables(reply), _told(reply)

    assert "plan ae pays Ana " in sentences
    assert "Ana earns the OTE of 2027 under plan ae in " in sentences
    assert " % of futures. Instead of ae" in sentences
    assert "flat pays Ana " in sentences
    assert "Ana would book " in sentences
    assert "reps" not in sentences
    assert ["Ana", "Ana"] == tables["pay"].frame["unit"].to_list()
    assert "What if the plan went by another cadence (12 months)?" == tables["cadences"].title
    assert 1 == sum("cadence" in table.title for table in reply.tables)
    assert "all reps together" not in tables["deals"].captions[0][1]
    assert 80 >= max(map(len, draw_reply(reply, width=80).splitlines()))


def test_own_plans() -> None:
    """Where reps are on plans of their own, these are told together."""
    monthly = {**AE, "cadence": "month"}
    scenario = _team(
        REPS[0], {**REPS[1], "pay": "month"}, pay={"ae": RICH, "month": monthly}
    )  # fmt: skip
    reply = _brief(scenario)
    tables, sentences = _tables(reply), _told(reply)

    assert "In 2027 the plans pay the team " in sentences
    assert "of 2 reps" in sentences or "oth reps are" in sentences
    assert "By the month for everybody the same plans pay " in sentences
    assert "By the quarter for everybody the same plans pay " in sentences
    assert " and vary by " in sentences
    assert "Under the plans " in sentences
    assert "P(OTE) period" in [column.label for column in tables["pay"].columns]
    assert "P(OTE) period: the mean of the months or quarters" in draw_reply(reply, width=400)
    shown = tables["pay"].frame.filter(pl.col("level") != "group")
    assert [None, "ae", "month"] == shown["plan"].to_list()


def test_short_horizons() -> None:
    """Of two quarters without a year both are told, and there is no mean of periods."""
    reply = _brief(_team(months=6, team={}), plans=["ae", "flat"])
    table = _tables(reply)["pay"]

    assert "What is paid in the period, and what does it cost?" == table.title
    assert ["2027-Q1", "2027-Q2"] == table.frame.head(2)["period"].to_list()
    keys = [column.key for column in table.columns]
    assert "period" in keys
    assert "p_ote_part" not in keys
    assert "period" in [column.key for column in _tables(reply)["compare"].columns]
    assert _told(reply).startswith("In 2027-Q1 plan ae pays the team ")


def test_pay_by_commission_alone() -> None:
    """Without a quota, a target and costs there is less to tell, and no empty table."""
    bare = {"small": segment(opps=1.0, win=0.3)}
    rate = {"rate": {"commission_rate": 0.1, "cadence": "month"}}
    reply = _brief(make(bare, {"name": "Ana"}, {"name": "Bo"}, pay=rate, months=12))
    tables, sentences = _tables(reply), _told(reply)

    assert "OTE" not in sentences
    assert "and expected pay is no different" in sentences
    assert "pays as much" in sentences
    assert "nobody clearly gains or loses" in sentences
    assert "of pay alone" in sentences
    assert "lifetime value" not in sentences
    assert {"mixes", "spifs"}.isdisjoint(tables)
    assert ["without quota"] == tables["deals"].frame["band"].to_list()
    assert ["small"] == tables["efficiency"].frame["of"].to_list()
    assert "Who gains and who loses by another cadence?" not in [t.title for t in reply.tables]
    assert "line" not in [column.key for column in tables["volatility"].columns]


def test_a_year_that_is_paid_at_once() -> None:
    """A plan by the year is held against the month and the quarter; nothing is bought for it."""
    reply = _brief(_team(REPS[0], REPS[1], pay={"ae": {**AE, "cadence": "year"}}, team={}))
    sentences, table = _told(reply), _tables(reply)["pay"]

    assert "By the month instead of the year" in sentences
    assert "By the quarter instead of the year" in sentences
    assert table.frame["p_ote_part"].null_count() == table.frame.height
    assert "p_ote_part" not in [column.key for column in table.columns]


def test_no_common_span() -> None:
    """Where cadences cannot be compared nothing is told of them, nor where nobody can deal."""
    scenario = _team(months=2, pay={"ae": {**RICH, "cadence": "month"}})
    answer = _price(scenario, cadences=False)
    answer = replace(
        answer,
        parts={
            **answer.parts,
            "cadences": pl.DataFrame(schema=_price(scenario).parts["cadences"].schema),
            "deals": answer.parts["deals"].clear(),
            "efficiency": answer.parts["efficiency"].clear(),
        },
    )
    reply = pay_reply(answer, scenario, in_full=False)

    assert {"cadences", "deals", "efficiency"}.isdisjoint(_tables(reply))
    assert "from month to month" not in _told(reply)


def _verdicts(answer: Answer, verdict: str) -> str:
    moved = _with_part(
        answer,
        "mixes",
        verdict=pl.when(pl.col("objective") == "pay").then(pl.lit(verdict)).otherwise("verdict"),
    )
    return _told(pay_reply(moved, _team()))


def test_mixes_in_words(plain: Answer) -> None:
    """Nobody, or somebody, would be paid more; and the company wants that, or not."""
    same = _with_part(plain, "mixes", point=pl.lit(0))
    unclear = _with_part(same, "mixes", bookings_change=pl.lit(1.0), bookings_change_se=pl.lit(5.0))

    assert "no other mix of deals clearly pays any of 3 reps more; what" in _verdicts(
        plain, "no clear gain"
    )
    assert "would be paid clearly more with another mix, most of all " in _verdicts(plain, "better")
    assert "; what pays best books most." in _verdicts(same, "better")
    assert ", bookings " not in _verdicts(unclear, "better").split("Under plan ae")[1].split(".")[0]
    assert "what pays best is not what books most for 2 of 3 reps." in _verdicts(
        _with_part(
            plain,
            "mixes",
            point=pl.when(pl.col("objective") == "pay").then(0).otherwise(1),
        ),
        "better",
    )


def test_mixes_of_a_rep_alone() -> None:
    """There is nobody to count."""
    scenario = _team(REPS[0], team={})
    answer = _price(scenario)
    apart = _with_part(
        answer, "mixes", point=pl.when(pl.col("objective") == "pay").then(0).otherwise(1)
    )
    for verdict, said in (
        ("better", "Under plan ae Ana would be paid clearly more with "),
        ("no clear gain", "Under plan ae no other mix of deals clearly pays Ana more"),
    ):
        told = _verdicts(apart, verdict)
        assert said in told
        assert "; what pays best is not what books most." in told


@pytest.mark.parametrize(
    ("moved", "said"),
    [
        ([0.0, 0.0, None], "It moves nobody's best-paid mix."),
        (
            [0.0, 0.3, None],
            "best-paid mix of 1 of 3 reps (Bo) by 30 points towards it; all in all pay ",
        ),
        (
            [0.5, 0.3, None],
            "best-paid mix of 2 of 3 reps by up to 50 points towards it (Ana); all in all pay is ",
        ),
        (
            [-0.5, 0.3, None],
            "best-paid mix of 2 of 3 reps by up to 50 points away from it (Ana); all in all pay ",
        ),
    ],
)
def test_spifs_in_words(moved: list[float | None], said: str) -> None:
    """Whose mix a SPIF moves, and how far."""
    spifs = [{"segment": "large", "per_deal": 100.0}]
    reps = (*REPS[:2], {**REPS[2], "segments": {"large": {}}})
    answer = _price(_team(*reps, pay={"ae": {**RICH, "spifs": spifs}}))
    told = _with_part(
        answer,
        "spifs",
        share_moved=pl.Series(moved, dtype=pl.Float64),
        bookings_change=pl.lit(1.0),
        bookings_change_se=pl.lit(9.0),
    )
    sentences = _told(pay_reply(told, _team(*reps)))

    assert said in sentences
    assert ("more and bookings do not clearly change." in sentences) == any(moved)


def test_a_spif_of_a_rep_alone() -> None:
    """The rep is named; several SPIFs of a plan are told one by one, and by their numbers."""
    spifs = [{"segment": "large", "per_deal": 9_000.0}, {"segment": "small", "rate": 0.3}]
    scenario = _team(REPS[0], pay={"ae": {**RICH, "spifs": spifs}})
    answer = _with_part(_price(scenario), "spifs", share_moved=pl.lit(0.25))
    reply = pay_reply(answer, scenario, in_full=False)

    assert "It moves the best-paid mix of Ana by 25 points towards it; all" in _told(reply)
    assert 2 == _told(reply).count("At today's mixes the SPIF on ")
    assert [0, 1] == _tables(reply)["spifs"].frame["spif"].to_list()
    assert "spif" in [column.key for column in _tables(reply)["spifs"].columns]


def test_who_gains(compared: Answer) -> None:
    """Some, all or none of the reps."""

    def told(gaining: int, losing: int) -> str:
        answer = _with_part(
            compared, "compare", gaining=pl.lit(gaining), losing=pl.lit(losing)
        )  # fmt: skip
        return next(s for s in pay_reply(answer, _team()).sentences if s.startswith("Instead"))

    assert told(0, 3).endswith("; all 3 reps lose.")
    assert told(1, 2).endswith("; 1 of 3 reps gains and 2 of 3 reps lose.")
    assert told(0, 0).endswith("; nobody clearly gains or loses.")


def test_as_much(compared: Answer) -> None:
    """What is no clear change is not told as one; nor is a share of no bookings."""
    answer = _with_part(
        compared,
        "compare",
        mean_change=pl.lit(1.0),
        mean_change_se=pl.lit(9.0),
        cost_of_sales=pl.lit(None, pl.Float64),
    )
    answer = _with_part(
        answer, "behaviour", bookings_change=pl.lit(0.0), bookings_change_se=pl.lit(0.0)
    )
    answer = replace(
        answer,
        frame=answer.frame.with_columns(cost_of_sales=pl.lit(None, pl.Float64), p_ote=pl.lit(0.4)),
    )
    sentences = _told(pay_reply(answer, _team()))

    assert "flat pays the team as much; " in sentences
    assert (
        "would book as much (pull_forward), as much (sandbag) and as much (give_up) under plan "
        "ae." in sentences
    )
    assert "% of bookings" not in sentences
    assert "None of 3 reps is more likely than not to earn the OTE of 2027" in sentences


def test_plans_without_a_period_in_common(compared: Answer) -> None:
    """Where no period is paid for as a whole by both, a caution says so, and no table is empty."""
    answer = replace(
        compared, parts={**compared.parts, "compare": compared.parts["compare"].clear()}
    )
    reply = pay_reply(answer, _team(), in_full=False)

    assert "compare" not in _tables(reply)
    assert "Instead of ae" not in _told(reply)


def test_few_wins(plain: Answer) -> None:
    """A percentile of the cost of a deal that is not won is not told."""
    none = pl.lit(None, pl.Float64)
    told = _told(pay_reply(_with_part(plain, "efficiency", cac_p90=none), _team()))

    assert "programme spend and pay, and its" in told
    assert "A won deal" not in _told(pay_reply(_with_part(plain, "efficiency", cac=none), _team()))


@pytest.mark.parametrize(
    ("pay", "bookings", "said"),
    [
        (0.0, 0.0, "all in all neither pay nor bookings clearly change."),
        (0.0, -9e3, "pay does not clearly change and bookings are 18k USD ±40 less from timing"),
        (1e3, -9e3, "all in all pay is 2k USD ±40 more and bookings are 18k USD ±40 less from"),
    ],
)
def test_what_a_spif_comes_to(pay: float, bookings: float, said: str) -> None:
    """What is clear is told, and that mixes of the same worth bring other bookings by timing."""
    scenario = _team(*REPS[:2])
    moved = {"pay_change": pay, "bookings_change": bookings, "share_moved": 0.25}
    errors = {"pay_change_se": 10.0, "bookings_change_se": 10.0}
    told = {key: pl.lit(value) for key, value in (moved | errors).items()}
    answer = _with_part(_price(scenario), "spifs", **told)

    assert said in _told(pay_reply(answer, scenario))


def test_bookings_by_timing_alone(plain: Answer) -> None:
    """Mixes of the same worth are told as such, in the sentence and below the table."""
    moved = {"bookings_change": pl.lit(5e3), "bookings_change_se": pl.lit(1.0)}
    told = _with_part(plain, "mixes", verdict=pl.lit("better"), **moved)
    others = replace(told, cautions=())
    for answer, is_timing in ((told, True), (others, False)):
        reply = pay_reply(answer, _team(), in_full=False)
        assert is_timing == ("from timing alone; what pays" in _told(reply))
        captions = str(_tables(reply)["mixes"].captions)
        assert is_timing == ("bookings differ by timing alone" in captions)


def test_one_of_several_gains() -> None:
    """Where another mix pays one rep more there is no most of all."""
    scenario = _team()
    verdict = pl.when(pl.col("name") == "Bo").then(pl.lit("better")).otherwise(pl.lit("as today"))
    answer = _with_part(_price(scenario), "mixes", verdict=verdict)

    assert "1 of 3 reps would be paid clearly more with another mix: Bo with" in _told(
        pay_reply(answer, scenario)
    )


def test_quarters_of_the_shown_year_alone() -> None:
    """Of 18 months those of the year that is told count for its P(OTE)."""
    scenario = _team(months=18)
    answer = _price(scenario, paths=200, also=())
    answer = replace(
        answer,
        frame=answer.frame.with_columns(
            p_ote=pl.when(pl.col("period").str.starts_with("2028")).then(1.0).otherwise(0.25)
        ),
    )
    table = _tables(_bare(answer, scenario))["pay"]

    assert {"2028-Q1", "2028-Q2"} < set(answer.frame["period"])
    assert {0.25} == set(table.frame["p_ote_part"])


def test_spans_are_named() -> None:
    """What is told of another span than the first sentence says so."""
    scenario = _team(months=6, pay={"ae": {**RICH, "cadence": "month"}}, team={})
    answer = _price(scenario, paths=60, behaviour=["give_up"])
    sentences = _told(pay_reply(answer, scenario))

    assert "In 2027-01 plan ae pays the team " in sentences
    assert " over 6 months and varies by " in sentences
    assert "Under plan ae in 2027-Q1 " in sentences
    assert " USD in 2027-Q1. It moves " in sentences
    assert "programme spend and pay in 2027-Q1 (" in sentences
    assert "(give_up) in 2027-Q1." in sentences


def test_a_year_that_began_before() -> None:
    """A start within the year is named: what was paid before it is not told."""
    booked = [{"rep": "Ana", "date": date(2027, 2, 1), "amount": 9_000.0}]
    for day, since, cadence in (
        (date(2027, 4, 1), "Q2", "quarter"), (date(2027, 5, 1), "2027-05", "month"),
    ):  # fmt: skip
        scenario = _team(
            start=day, months=13 - day.month, booked=booked,
            pay={"ae": {**RICH, "cadence": cadence}},
        )  # fmt: skip
        reply = _bare(_price(scenario, paths=60, also=()), scenario)

        assert _told(reply).startswith(f"In 2027 from {since} on plan ae pays the team ")
        assert f"to earn the OTE of 2027 from {since} on: " in _told(reply)
        assert f"What is paid in 2027 from {since} on, and" in reply.tables[0].title


def test_some_reps_are_no_team() -> None:
    """Sums of those who are asked about, or paid, are not called the team's or the group's."""
    reps = (*REPS, {**REPS[0], "name": "Di", "group": "West"})
    told = _price(_team(*reps), paths=60, reps=["Ana", "Di"])
    reply = pay_reply(told, _team(*reps), in_full=False)
    tables = _tables(reply)

    assert "plan ae pays the 2 reps asked about " in _told(reply)
    assert "the team" not in _told(reply)
    units = tables["pay"].frame["unit"].to_list()
    assert ["Together", "East, in part", "West", "Ana", "Di"] == units
    assert "Together" in tables["efficiency"].frame["of"].to_list()
    assert "Team" not in tables["efficiency"].frame["of"].to_list()
    assert _by_cadence(reply).title.startswith("What if the plan went")

    bare = {"name": "Di", "group": "East"}
    unpaid = _team(*REPS[:2], bare)
    reply = _bare(_price(unpaid, paths=60, also=()), unpaid)
    assert "pays the 2 reps who are paid " in _told(reply)


@pytest.mark.parametrize("plans", [["ae", "flat"], ["ae"]])
def test_figures_stay_whole_on_the_screen(plans: list[str]) -> None:
    """With long names columns are left out; no figure goes over two lines, no heading is twice."""
    names = ("Bartholomew Featherstone", "Clementine Ashworth-Hollingberry")
    reps = [{**rep, "name": name} for rep, name in zip(REPS, names, strict=False)]
    reply = _brief(_team(*reps), plans=plans, behaviour=BEHAVIOURS, risk_aversion=2.0, paths=60)
    drawn = draw_reply(reply, width=80)

    assert "…" in drawn
    for table in reply.tables:
        rows = list(table.frame.iter_rows(named=True))
        strips = lay_out(table, rows, width=80)
        labels = [strip.column.label for strip in strips if strip.column.label != "verdict"]
        assert len(labels) == len(set(labels)) or table.key == "deals", labels
        if "reason" not in {strip.column.key for strip in strips}:
            assert sum(strip.width + GAP for strip in strips) - GAP <= 80, table.key
