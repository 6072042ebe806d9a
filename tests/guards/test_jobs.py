"""Every job is on the timetable, and everything on the timetable is a job."""

import importlib
import inspect
from pathlib import Path

import pytest

from crm import queue
from crm.schedule import SCHEDULE

CRM = Path(__file__).parents[2] / "crm"


def jobs_of(path: Path) -> list[str]:
    name = ".".join(("crm", *path.relative_to(CRM).with_suffix("").parts))
    module = importlib.import_module(name)
    return [
        f"{name}.{function.__name__}"
        for function in vars(module).values()
        if inspect.isfunction(function) and function.__module__ == name
    ]


def test_every_job_is_scheduled() -> None:
    found = {job for path in CRM.rglob("jobs.py") for job in jobs_of(path)}
    assert found == {task.job for task in SCHEDULE}


def test_no_job_is_scheduled_twice() -> None:
    assert len({task.job for task in SCHEDULE}) == len(SCHEDULE)


@pytest.mark.parametrize("job", [task.job for task in SCHEDULE])
def test_a_job_takes_nothing_and_says_how_much_it_did(job: str) -> None:
    module, _, name = job.rpartition(".")
    signature = inspect.signature(getattr(importlib.import_module(module), name))
    assert not signature.parameters
    assert signature.return_annotation in (int, "int")


@pytest.mark.parametrize("job", [task.job for task in SCHEDULE])
def test_a_job_finds_nothing_to_do_in_an_empty_database(database: None, job: str) -> None:
    assert queue.perform(job) == 0
