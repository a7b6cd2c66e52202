"""What does the plan pay, what does it cost, and what does it make people sell?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np

from quotarisk.analysis.answers import EXPOSURE_ONLY, Answer
from quotarisk.analysis.asking import asked_of, provenance_of
from quotarisk.analysis.behaviour import choose_behaviours, price_behaviours
from quotarisk.analysis.conduct import Behaviour
from quotarisk.analysis.efficiency import measure_efficiency
from quotarisk.analysis.exact_pay import exact_contracts
from quotarisk.analysis.pay_cadences import shared_quotas
from quotarisk.analysis.pay_cautions import left_out_cautions, odd_checks, pay_cautions
from quotarisk.analysis.pay_figures import Figures, with_block_errors
from quotarisk.analysis.pay_frames import (
    cadences_frame,
    compared_frame,
    deals_frame,
    frame_of,
    volatility_frame,
)
from quotarisk.analysis.pay_mix import check_aversion, check_paths, trace_pay_mixes
from quotarisk.analysis.pay_reading import Drawn, Reader, Told
from quotarisk.analysis.pay_schemes import Plans, offers_of
from quotarisk.analysis.payouts import Payroll, run_payroll
from quotarisk.analysis.simplex import DEFAULT_STEP, count_steps
from quotarisk.analysis.sweep import check_answerable, choose_reps
from quotarisk.errors import ArgumentError, suggest
from quotarisk.periods import Cadence
from quotarisk.scenario.pay import PayPlan
from quotarisk.scenario.plans import plan_name_of
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.batches import batch_starts
from quotarisk.simulation.sectioning import Blocks, blocks_of
from quotarisk.simulation.simulation import Progress, Simulation, check_arguments
from quotarisk.simulation.variants import Variant, variant_of
from quotarisk.wording import list_names

QUESTION = "What does the plan pay, and what does it cost?"
Also = Literal["mixes", "efficiency"]
ALSO: tuple[Also, ...] = ("mixes", "efficiency")
_HEADLINE = (
    "level", "name", "plan", "period", "ote", "mean", "p10", "p50", "p90", "p_ote", "cost_of_sales",
)  # fmt: skip
NOTE = "Variable pay of a period is paid in its last month, fixed pay month by month."


def _check_also(also: Iterable[str]) -> frozenset[str]:
    told = frozenset([also] if isinstance(also, str) else also)
    for name in told:
        if name not in ALSO:
            raise ArgumentError(f"also must be of {', '.join(ALSO)}, got {name!r}")
    return told


def _check_plans(scenario: Scenario, plans: Sequence[str] | None) -> tuple[str, ...]:
    """Find out which plans everybody is put on, one after the other; none for the own one."""
    if not scenario.pay:
        raise ArgumentError(
            "nobody is on a pay plan: the scenario must have [pay.NAME] with a base, a "
            "target_variable or a commission_rate, got none"
        )
    if plans is None:
        return ()
    named = tuple(dict.fromkeys([plans] if isinstance(plans, str) else plans))
    if not named:
        raise ArgumentError("plans must name a pay plan or more, or be left out, got none")
    for name in named:
        if name not in scenario.pay:
            hint = suggest(name, list(scenario.pay))
            raise ArgumentError(f"no pay plan is called {name!r}; {hint}".rstrip("; "))
    return named


def _can_be_paid(base: Variant, name: str, plan: PayPlan) -> bool:
    """Is there a period of a plan that a rep works in, with the quota that it goes by?"""
    unit, rep = base.units["rep", name], base.tasks[name].rep
    rows = [row for row, p in enumerate(base.periods) if p.cadence == plan.cadence]
    rows = [row for row in rows if rep.start_date is None or base.periods[row].end > rep.start_date]
    quotas = shared_quotas(unit.quotas, base.periods, rep)[rows]
    return bool(rows) and (not plan.quota_keys or bool((quotas > 0).any()))


def _plans_of(
    scenario: Scenario, base: Variant, names: Sequence[str], asked: Sequence[str]
) -> Plans:
    """Put reps on plans: each on the own one, or on all that are asked for."""
    found: dict[str, Mapping[str, PayPlan]] = {}
    wanted: dict[Cadence, None] = {}
    for name in names:
        own = plan_name_of(scenario, base.tasks[name].rep)
        plans = {each: scenario.pay[each] for each in asked or ([own] if own is not None else [])}
        wanted |= dict.fromkeys(plan.cadence for plan in plans.values())
        if plans and all(_can_be_paid(base, name, plan) for plan in plans.values()):
            found[name] = plans
    if not found:
        some = next(iter(scenario.pay))
        missing = [each for each in wanted if all(p.cadence != each for p in base.periods)]
        if missing:
            raise ArgumentError(
                f"no plan pays in the horizon: it must hold a whole {list_names(missing)}, whose "
                "bookings to date are told (booked) where it began before the start, got "
                f"{scenario.months} months from {scenario.start} on"
            )
        raise ArgumentError(
            f'nobody is on a pay plan that pays in the horizon: write pay = "{some}" for the reps '
            "who are, with quotas of its cadence, got nobody"
        )
    return found


def _with_errors(drawn: Drawn, apart: tuple[list[Told], Drawn], blocks: Blocks) -> Drawn:
    """Give errors that are told from blocks of paths, each corrected on its own."""
    parts, sums = apart
    told = drawn.told

    def each(name: str) -> tuple[tuple[Figures, ...], ...]:
        tables: tuple[tuple[Figures, ...], ...] = getattr(told, name)
        return tuple(
            tuple(
                with_block_errors(figures, [getattr(p, name)[place][row] for p in parts], blocks)
                for row, figures in enumerate(rows)
            )
            for place, rows in enumerate(tables)
        )

    return drawn._replace(
        told=Told(
            periods=each("periods"),
            volatility=tuple(
                with_block_errors(figures, [part.volatility[place] for part in parts], blocks)
                for place, figures in enumerate(told.volatility)
            ),
            cadences=tuple(
                {
                    cadence: with_block_errors(
                        figures, [part.cadences[place][cadence] for part in parts], blocks
                    )
                    for cadence, figures in by.items()
                }
                for place, by in enumerate(told.cadences)
            ),
            compared=each("compared"),
        ),
        at_mean=tuple(
            tuple(
                {key: figure._replace(se=own[key].se) for key, figure in figures.items()}
                for figures, own in zip(rows, apart_rows, strict=True)
            )
            for rows, apart_rows in zip(drawn.at_mean, sums.at_mean, strict=True)
        ),
    )


def _draw(
    reader: Reader, paths: int, workers: int | None, progress: Progress | None
) -> tuple[list[Drawn], list[Drawn] | None]:
    """Read off every unit, and once more block by block where a correction asks for it."""
    payroll = Payroll(reader.variant, reader.schemes, paths)
    drawn = run_payroll(payroll, reader.look, reader.draw, workers=workers, progress=progress)
    told = [each for _, _, each in drawn]
    blocks = blocks_of(reader.variant.setting.correction, paths)
    if blocks is None:
        return told, None
    by_block = replace(reader, starts=np.array(blocks.starts, np.intp))
    apart = run_payroll(
        replace(payroll, starts=blocks.starts),
        by_block.look,
        partial(by_block.draw_blocks, blocks=blocks),
        workers=workers,
    )
    found = [
        _with_errors(each, parts, blocks) for each, (_, _, parts) in zip(told, apart, strict=True)
    ]
    return found, [sums for _, _, (_, sums) in apart]


def price_plans(
    asked: Scenario | Simulation,
    *,
    plans: Sequence[str] | None = None,
    cadences: bool = True,
    also: Iterable[str] = (),
    risk_aversion: float = 0.0,
    behaviour: Sequence[str | Behaviour] = (),
    step: float = DEFAULT_STEP,
    reps: Iterable[str] | None = None,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Answer:
    """What does the plan pay, what does it cost, and what does it make people sell?

    Pay of a period is fixed pay and what the plan pays for the bookings of the path; a rep's,
    a group's and the team's are on the same paths, and so are plans and cadences that are compared.
    Nobody changes behaviour because of a plan. Memory does not grow with the number of reps: each
    thread, group at work and the team hold months x paths of bookings, and periods x paths of pay
    for each plan and cadence.

    Parameters
    ----------
    asked
        A scenario with ``[pay.NAME]``, or a simulation of it, whose paths and seed are taken then.
    plans
        Names of plans: everybody is put on each of them in turn, on the same paths, and the others
        are held against the first. Left out, everybody is on the own one; who is on none has no
        part, which a caution says.
    cadences
        Whether the same plans are looked at by month, quarter and year as well.
    also
        Further questions, which take longer: ``mixes`` (what the plan makes people sell),
        ``efficiency`` (what a customer costs).
    risk_aversion, step
        Of ``mixes``, see `trace_pay_mixes`.
    behaviour
        Named behaviours to look at, see `price_behaviours`; none by default.
    reps
        Names of those who are looked at; all where they are left out.
    paths, seed, workers, progress
        As `simulate` takes them, but 20 paths at least; 20,000 paths of a scenario where they are
        left out.

    Returns
    -------
    Answer
        ``frame`` has a row for each rep, group and the team (``level``, ``name``, ``group``; of a
        group or the team those who are paid), ``plan`` (null where its reps are on several) and
        ``period`` of the plan's ``cadence`` (the longest one of a group's) and of the year: ``ote``
        (base and target variable by months at work); ``mean``, ``sd``, ``p10``, ``p50``, ``p90`` of
        pay; ``p_ote``, P(pay >= OTE), null where nothing variable is on target; ``budget`` (p50)
        and ``reserve`` (p90 - p50); expected ``bookings``, those to date included;
        ``pay_at_mean``, the payout at the expected bookings, and ``cost_of_average``, by how much
        the expected payout is above it; ``cost_of_sales``, mean pay by mean bookings. Where nothing
        is uncertain but the deals and no period has a say in another's pay: ``mean_exact`` and
        ``p_ote_exact`` without simulation, and the differences ``mean_z`` and ``p_ote_z`` in
        standard errors.

        ``parts["volatility"]``: over so many ``months``, from the first one at work on, the
        ``mean`` month's pay, ``volatility``,
        the mean over paths of the standard deviation from month to month, and ``cv``, that as a
        share of the mean. Variable pay is paid in the last month of its period.

        ``parts["deals"]``: ``deal_pay``, what one more won deal of a ``segment`` pays in its period
        and later ones, and ``rate``, that as a share of what it books, by attainment
        ``attainment_from`` to ``attainment_to`` of the period before it (bookings that count by the
        quota, before anything is carried over; null without a quota); ``just_below`` says of bands
        that end at the ``threshold``, a ``tier`` or the ``quota``; ``share`` of the periods in it.

        ``parts["cadences"]``: over the time that whole periods of all cadences cover, by
        ``cadence`` (``own`` for the plan's): ``mean``, ``sd``, ``volatility``, their ``*_change``
        from the plan's own cadence on the same paths, ``p_ote``, ``p_hit`` (bookings reach the
        quota, mean over the periods; of a group or the team the sum of its reps' quotas, in every
        cadence), ``p_more`` and ``p_less`` (paid more, or less, than by the
        own cadence), the ``verdict`` (gains, loses, no clear change: within two standard errors, or
        a unit of currency a period and rep, which is rounding),
        and how many reps are ``gaining`` and ``losing``.

        ``parts["compare"]``, for two plans or more, by period of the longest cadence: each
        ``plan`` ``against`` the first, with the same figures, ``p_ote_change`` and
        ``cost_of_sales_change``.

        ``parts["mixes"]``, ``["spifs"]``, ``["efficiency"]`` and ``["behaviour"]``: see
        `trace_pay_mixes`, `measure_efficiency` and `price_behaviours`.

        Amounts are in currency, shares from 0 to 1; each simulated figure has its ``*_se``, told
        from blocks of paths where a correction makes paths depend on each other.

    Raises
    ------
    InputError
        If the scenario cannot be simulated, with every fault.
    ArgumentError
        If another argument is out of its range, or nobody is on a plan.

    Examples
    --------
    >>> import quotarisk as qr
    >>> scenario = qr.load_scenario("scenarios/saas_ae_pay.toml")
    >>> price_plans(scenario, paths=1000).frame.columns[:7]
    ['level', 'name', 'group', 'plan', 'cadence', 'period', 'ote']
    """
    scenario, paths, seed = asked_of(asked, paths, seed)
    check_arguments(paths, seed, workers)
    check_paths(paths)
    count_steps(step)
    wanted, averse = _check_also(also), check_aversion(risk_aversion)
    behaviours = choose_behaviours([behaviour] if isinstance(behaviour, str) else behaviour)
    base = variant_of(scenario, seed)
    check_answerable(base)
    named = _check_plans(scenario, plans)
    names = choose_reps(base, reps)
    on = _plans_of(scenario, base, names, named)
    reader = Reader(
        base,
        offers_of(base, on, named=bool(named), cadences=cadences),
        {
            name: shared_quotas(base.units["rep", name].quotas, base.periods, base.tasks[name].rep)
            for name in on
        },
        batch_starts(paths),
    )
    drawn, apart = _draw(reader, paths, workers, progress)
    exact = [exact_contracts(offer.scheme.contracts, base) for offer in reader.offers]
    frame = frame_of(reader, drawn, exact)
    parts = {
        "volatility": volatility_frame(reader, drawn),
        "deals": deals_frame(drawn, apart, scenario.pay),
    }
    if cadences:
        parts["cadences"] = cadences_frame(reader, drawn)
    if len(named) > 1:
        parts["compare"] = compared_frame(reader, drawn)
    cautions = [
        *odd_checks(frame),
        *left_out_cautions(scenario, names, tuple(on), named),
        *pay_cautions(scenario, reader, cadences=cadences, paths=paths),
    ]
    if "mixes" in wanted:
        mixes = trace_pay_mixes(
            base, on, paths=paths, step=step, risk_aversion=averse, workers=workers
        )
        parts |= {"mixes": mixes.mixes, "spifs": mixes.spifs}
        cautions += mixes.cautions
    if "efficiency" in wanted:
        parts["efficiency"], more = measure_efficiency(base, on, paths=paths, workers=workers)
        cautions += more
    if behaviours:
        parts["behaviour"], more = price_behaviours(
            base, on, behaviours, paths=paths, workers=workers
        )
        cautions += more
    return Answer(
        question=QUESTION,
        frame=frame,
        cautions=tuple(dict.fromkeys(cautions)),
        provenance=provenance_of(scenario, paths, seed),
        note=f"{EXPOSURE_ONLY} {NOTE}",
        headline=_HEADLINE,
        parts=parts,
    )
