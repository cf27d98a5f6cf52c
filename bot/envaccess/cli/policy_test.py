"""`envaccess policy test`: cases kept next to a policy, so that a change shows what it changes."""

from pathlib import Path

import click

from envaccess.cli.operator_ports import front
from envaccess.cli.policy_tools import FaultyFileError, choose_file, read_or_tell, tell_faults
from envaccess.cli.words import Complaint, count, say
from envaccess.domain.policy.fault import PolicyFault
from envaccess.domain.policy.trial import Case, try_case


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--cases", type=click.Path(path_type=Path), help="Where they are; FILE.test.yml unless said.")
@click.pass_context
def test(context: click.Context, file: Path | None, cases: Path | None) -> None:
    """Run the cases kept next to a policy FILE: `policy.test.yml` beside `policy.yml`.

    Slack is not asked: each case says whom it means. One line a failure; the exit code is then 1.
    """
    operator = front(context).policies()
    path = choose_file(operator, file)
    beside = cases or path.with_name(f"{path.stem}.test{path.suffix}")
    policy = read_or_tell(operator, path, guarded=False)
    found = operator.cases(beside)
    faults = [fault for fault in found if isinstance(fault, PolicyFault)]
    if faults:
        tell_faults(beside, faults)
        raise FaultyFileError(f"{beside.name} has {count(len(faults), 'fault')}.")
    ran = [(case, try_case(policy, case)) for case in found if isinstance(case, Case)]
    for failure in (failure for _, failures in ran for failure in failures):
        click.echo(
            f"{beside}:{failure.line}: {failure.case}: {failure.field}: "
            f"expected {failure.expected or 'nothing'}, got {failure.got}"
        )
    failed = sum(bool(failures) for _, failures in ran)
    if failed:
        raise Complaint(f"{failed} of {count(len(ran), 'case')} failed.")
    say(f"{count(len(ran), 'case')} passed.")
