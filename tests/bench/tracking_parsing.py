"""Normalised payloads and detections per second of processor time, and karrio's parsers in turns with ours."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from math import exp, log
from pathlib import Path

from tests.bench.report import Report, median, progress
from tests.bench.servers import ROOT
from tests.bench.tracking_payloads import PAYLOADS
from tests.unit.tracking_gateway.numbers import CARRIER_OF, compose
from tracking_gateway.carriers.aftership.parse import parse_webhook as aftership
from tracking_gateway.carriers.courier.parse import Scan, scan_time
from tracking_gateway.carriers.courier.parse import told as told_by_courier
from tracking_gateway.carriers.dhl.parse import parse_answer as dhl
from tracking_gateway.carriers.easypost.parse import parse_webhook as easypost
from tracking_gateway.carriers.epcis.parse import parse_document as epcis
from tracking_gateway.carriers.fedex.parse import parse_answer as fedex
from tracking_gateway.carriers.json_items import parse_object
from tracking_gateway.carriers.kdniao.parse import parse_push as kdniao
from tracking_gateway.carriers.kuaidi100.parse import parse_push as kuaidi100
from tracking_gateway.carriers.sf.parse import parse_push as sf
from tracking_gateway.carriers.track17.parse import parse_push as track17
from tracking_gateway.carriers.ups.parse import parse_answer as ups
from tracking_gateway.carriers.usps.parse import parse_answer as usps
from tracking_gateway.domain.numbers.extract import extract
from tracking_gateway.domain.observation import Told, observe
from tracking_gateway.domain.state import ParcelState
from tracking_gateway.knowledge import Knowledge
from tracking_gateway.parameters import TrackingParameters

KARRIO = ROOT / "build" / "bench" / "karrio"
KARRIO_PACKAGES = ("karrio", "karrio-ups", "karrio-fedex", "karrio-usps", "karrio-dhl-universal", "karrio-easypost")
BOTH = ("ups", "fedex", "usps", "dhl", "easypost")
RECEIVED = datetime(2026, 6, 1, tzinfo=UTC)
VARIANTS = 500

Parse = Callable[[str, bytes], Sequence[Told] | Told | None]


def _courier(number: str, body: bytes) -> Sequence[Told]:
    scans = json.loads(body)
    return [
        told_by_courier(
            Scan(
                scan_id=scan["scan_id"],
                waybill_no=number,
                code=scan["code"],
                description=scan["description"],
                node=scan["node"],
                city=scan["city"],
                time=scan_time(scan["occurred_at"], UTC),
            ),
            "posthouse",
        )
        for scan in scans
    ]


PARSERS: dict[str, Parse] = {
    "courier": _courier,
    "kuaidi100": lambda _, body: kuaidi100(body.decode()),
    "kdniao": lambda _, body: kdniao(body.decode()),
    "17track": lambda _, body: track17(body),
    "aftership": lambda _, body: aftership(body),
    "easypost": lambda _, body: easypost(body),
    "sf": lambda _, body: sf(body),
    "ups": lambda number, body: ups(parse_object(body), number),
    "fedex": lambda number, body: fedex(parse_object(body), number),
    "usps": lambda number, body: usps(parse_object(body), number),
    "dhl": lambda number, body: dhl(parse_object(body), "dhl", number),
    "epcis": lambda _, body: epcis(body, "posthouse"),
}


def knowledge() -> Knowledge:
    """Rules as shipped."""
    return Knowledge(TrackingParameters(), own_carrier="posthouse", own_pattern=r"PH\d{10,13}")


def normalise(rules: Knowledge, source: str, number: str, body: bytes) -> ParcelState:
    """What the gateway does with a payload before it stores it, and the state of the parcel it tells of."""
    told = PARSERS[source](number, body)
    events = [
        event
        for item in ([told] if isinstance(told, Told) else told or [])
        for event in observe(
            item,
            source=source,
            codes=rules.codes[source],
            interpreter=rules.interpreter,
            received_at=RECEIVED,
            snapshot=True,
        ).events
    ]
    if len(events) != 5:
        raise RuntimeError(f"{source}: {len(events)} events of 5 were read")
    return rules.folder.fold(events)


def normalising(report: Report, *, quick: bool) -> None:
    """Payloads per second for each source; karrio in turns for the carriers it reads, unless it has to be quick."""
    rules, rounds, seconds = knowledge(), 1 if quick else 5, 0.2 if quick else 1.0
    karrio = None if quick else _karrio()
    for source, make in PAYLOADS.items():
        payloads = [make(seed) for seed in range(VARIANTS)]
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(_rate(partial(_normalise_all, rules, source, payloads), VARIANTS, seconds))
            if karrio and source in BOTH:
                theirs.append(_karrio_rate(karrio, source, payloads, seconds))
        baseline = median(theirs) if theirs else None
        report.add(f"normalised, {source}", median(ours), "payloads/s", baseline=baseline)
    ratios = [item.ratio for item in report.results if item.ratio]
    if ratios:
        mean = exp(sum(log(ratio) for ratio in ratios) / len(ratios))
        report.add("normalised against karrio, geometric mean of ratios", mean, "times", aim="≥ 20")


def _normalise_all(rules: Knowledge, source: str, payloads: Sequence[tuple[str, bytes]]) -> None:
    for number, body in payloads:
        normalise(rules, source, number, body)


def detection(report: Report, *, quick: bool) -> None:
    """Numbers ranked, and mails searched, per second of processor time."""
    rules, seconds = knowledge(), 0.2 if quick else 2.0
    numbers = [compose(form, seed) for form in CARRIER_OF for seed in range(40)]
    chance = random.Random(1)
    mails = [
        f"您好，以下快件没有收到：\n1) {chance.choice(numbers)}\n2) {chance.choice(numbers)}\n"
        f"订单 {chance.randrange(10**9)}，"
        f"电话 138{chance.randrange(10**8):08d}。麻烦尽快处理，谢谢！ Regards, Wang"
        for _ in range(300)
    ]
    ranked = _rate(lambda: [rules.ranker.rank(number) for number in numbers], len(numbers), seconds)
    report.add("numbers ranked", ranked, "numbers/s")
    report.add(
        "mails searched", _rate(lambda: [extract(mail, rules.ranker) for mail in mails], len(mails), seconds), "/s"
    )


def _rate(work: Callable[[], object], items: int, seconds: float) -> float:
    """Items per second of processor time, over at least that many seconds."""
    work()
    done, began = 0, time.process_time()
    while (spent := time.process_time() - began) < seconds:
        work()
        done += items
    return done / spent


def _karrio() -> Path:
    """karrio in an environment of its own: its dependencies are none of ours."""
    python = KARRIO / "bin" / "python"
    if not (KARRIO / ".installed").exists():
        progress("installing karrio beside the project")
        subprocess.run([sys.executable, "-m", "venv", str(KARRIO)], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *KARRIO_PACKAGES], check=True)
        (KARRIO / ".installed").touch()
    return python


def _karrio_rate(python: Path, source: str, payloads: Sequence[tuple[str, bytes]], seconds: float) -> float:
    question = {"source": source, "seconds": seconds, "bodies": [body.decode() for _, body in payloads]}
    done = subprocess.run(
        [python, str(Path(__file__).parent / "karrio_parse.py")],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return float(json.loads(done.stdout.splitlines()[-1])["rate"])
