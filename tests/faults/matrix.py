"""The matrix, row by row. What lasts minutes or days there is shortened here.

Where the matrix gives no bound for deliveries, a minute stands: what a worker had in its hands and lost is
free after its lease (45 s), and found by the next sweep (10 s).
"""

from tests.faults import engines, vendors, workers
from tests.faults.fault import Fault

MATRIX = (
    Fault("F01", "worker killed again and again", workers.kill_the_worker, bound=60, seconds=60),
    Fault("F02", "killed between call and settling", workers.kill_between_call_and_settling, 60, seconds=60),
    Fault("F04", "PostgreSQL crashes, is started again", engines.crash_postgres, 60, seconds=20, errors=1.0),
    Fault("F05", "all connections ended every 5 s", engines.end_all_connections, 60, seconds=60, errors=0.01),
    Fault("F08", "Redis ended without saving, back empty", engines.empty_redis, 30),
    Fault("F09", "Redis absent", engines.stop_redis, 60, seconds=45),
    Fault("F10", "Redis frozen", engines.freeze_redis, 60, seconds=45),
    Fault("F11", "Redis full, noeviction", engines.fill_redis, 60),
    Fault("F12", "one of two workers frozen", workers.freeze_one_of_two_workers, 120, seconds=55),
    Fault("F13", "vendors refuse connections", vendors.refuse_connections, 90, seconds=45),
    Fault("F14", "vendors never answer", vendors.answer_nothing, 120, seconds=45),
    Fault("F15", "vendors answer 9 s late", vendors.answer_slowly, 120, seconds=45),
    Fault("F16", "500, 503, 429, 404, 409, a bad row, 401", vendors.answer_errors, 120, seconds=45),
    Fault("F17a", "garbage and broken answers", vendors.tell_lies, 90),
    Fault("F17b", "records lost, drift check", vendors.lose_records, 90, seconds=15),
    Fault("F18", "token refused three times", vendors.refuse_the_token, 60, also=vendors.few_tokens),
    Fault("F19", "hints twice and shuffled", workers.repeat_and_shuffle_hints, 60),
    Fault(
        "F20",
        "a person whom no connector can send",
        workers.poison_one_person,
        300,
        also=workers.poison_waits_for_a_human,
    ),
    Fault("F21a", "two clocks", workers.double_the_clock, 30),
    Fault("F21b", "no clock", workers.stop_the_clock, 60, heal=workers.start_the_clock),
    Fault("F22", "disk full", engines.fill_the_disk, 60, errors=1.0, disk=400),
    Fault(
        "F33", "everybody waits, the vendor is back", vendors.herd, 120, also=vendors.within_the_rate_limit
    ),
)
