"""The command line. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

# One thread a process: the notebooks run side by side, and forking a process with threads is unsafe.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import typer  # noqa: E402 - after the number of threads is set

from hai_utils import __version__  # noqa: E402
from hai_utils.commands.manuscript_line import manuscript_app  # noqa: E402
from hai_utils.commands.options import (  # noqa: E402
    Ask,
    Guess,
    Out,
    Own,
    Profile,
    Scans,
    Settings,
    Source,
    guarded,
)
from hai_utils.errors import UsageError  # noqa: E402
from hai_utils.project import USUAL_FORMATS  # noqa: E402
from hai_utils.untrusted import plain_lines  # noqa: E402

# Exit codes of a command that was stopped: Ctrl-C, a closed terminal, SIGTERM.
STOPPED = (130, 129, 143)

app = typer.Typer(
    name="hai",
    help="A literate, re-runnable report of a small oncology cohort. Nothing is sent anywhere.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hai {__version__}")
        raise typer.Exit


@app.callback()
def _hai(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Hold the options that come before a command."""


@app.command(context_settings={"allow_extra_args": True})
@guarded
def build(
    context: typer.Context,
    data: Annotated[Path | None, typer.Option(help="Cohort file (CSV or XLSX).")] = None,
    params: Annotated[Path | None, typer.Option(help="Parameter file (YAML); wins over params.yml.")] = None,
    setting: Settings = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; default _build/hai in the project.")] = None,
    dictionary: Own = None,
    scans: Scans = None,
    study: Annotated[
        Path | None,
        typer.Option(help="Study file (YAML): title, authors, texts; default: study.yml beside the cohort."),
    ] = None,
    profile: Profile = "",
    name: Annotated[
        str, typer.Option(help="Name of the run: it goes to _build/runs/NAME and into the list there.")
    ] = "",
    source: Source = None,
    formats: Annotated[
        str,
        typer.Option(help="What to make beside the site (html): docx, pdf, print (figures as PDF, PNG, TIFF)."),
    ] = ",".join(USUAL_FORMATS),
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Build all anew, even if nothing changed.")] = False,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that one notebook may take.")] = 600.0,
) -> None:
    """Build the book of a cohort: run the notebooks, assemble the site."""
    packed = Path(context.args[0]) if len(context.args) == 1 and context.args[0].endswith(".zip") else None
    if context.args and packed is None:
        raise UsageError(
            "What to build is named by options: the cohort by --data, as in hai build --data cohort.csv. "
            "Only a study that was taken away as one file stands alone: hai build study.hai.zip."
        )
    from hai_utils.commands.build import BuildRequest, chosen_formats, run_build, run_packed

    request = BuildRequest(
        data=data, params=params, settings=tuple(setting or ()), out=out, dictionary=dictionary, scans=scans, study=study,
        profile=profile, source=source, no_cache=no_cache, formats=chosen_formats(formats), timeout=timeout, name=name,
    )  # fmt: skip
    if packed is not None:
        run_packed(packed, request)
    else:
        run_build(request)


@app.command("open")
@guarded
def open_page(
    cohort: Annotated[Path | None, typer.Argument(help="Cohort or any table of patients to begin with.")] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on this machine; default: 8730, or any that is free.")
    ] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the browser.")] = True,
) -> None:
    """Open a page in the browser that leads from a file to the finished book; nothing leaves this machine."""
    from hai_utils.commands.open import run_open

    run_open(cohort, port, browser=browser)


@app.command()
@guarded
def number(
    key: Annotated[str, typer.Argument(help="Key of the number, as its card in the book shows it.")],
    run: Annotated[Path | None, typer.Option(help="Folder of a finished run; default _build/hai.")] = None,
    method: Annotated[str, typer.Option(help="One of the key's methods; default: the reported one.")] = "",
    working: Annotated[
        bool, typer.Option("--working", help="What enters it, each step, and code in R and Python that checks it.")
    ] = False,
) -> None:
    """Print one number of a finished run: value, n, method, interval, other methods, and the cell that computed it."""
    from hai_utils.commands.number import number_text

    typer.echo(plain_lines(number_text(key, method=method, run=run, working=working)))


@app.command("params")
@guarded
def show_parameters(
    source: Source = None,
    yaml: Annotated[
        bool | None,
        typer.Option(
            "--yaml/--table", help="As the text of a params.yml, or as a table; default: a table on a terminal."
        ),
    ] = None,
) -> None:
    """List every parameter: its meaning, its type, its default, what is allowed, the chapter that decides it."""
    from hai_utils.parameters import load_parameters, render
    from hai_utils.project import PARAMETER_FILE, find_root

    root = source or find_root()
    if yaml is False or (yaml is None and sys.stdout.isatty()):
        from rich.console import Console

        from hai_utils.commands.parameter_table import parameter_table

        Console().print(parameter_table(root))
    else:
        typer.echo(render(load_parameters([root / PARAMETER_FILE])), nl=False)


@app.command("new")
@guarded
def write_new_project(
    folder: Annotated[Path, typer.Argument(help="New or empty folder for the project.")],
) -> None:
    """Write a project of your own: pages, notebooks, parameters and styles, to be changed as you like."""
    from hai_utils.commands.new import new_project

    new_project(folder)


@app.command("runs")
@guarded
def list_runs(
    source: Source = None,
) -> None:
    """List the named runs side by side: what each was asked for, its main numbers."""
    from hai_utils.project import find_root
    from hai_utils.run.named_runs import read_named_runs, runs_text, write_runs_page

    root = source or find_root()
    runs = read_named_runs(root)
    if not runs:
        typer.echo("No run has a name yet: hai build --name NAME makes one.")
        return
    typer.echo(plain_lines(runs_text(runs)))
    typer.echo(f"\nSide by side: {write_runs_page(root)}")


@app.command()
@guarded
def check(
    data: Annotated[Path, typer.Argument(help="Cohort file (CSV or XLSX).")],
    dictionary: Own = None,
    scans: Scans = None,
    csv: Annotated[Path | None, typer.Option(help="Write the report as CSV.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as a page.")] = None,
) -> None:
    """Check a cohort file: all that is wrong at once, where it stands, why it matters, how to mend it.

    Exit code 0: it can be built (warnings allowed); 1: it cannot.
    """
    from hai_utils.cohort.reading import full_dictionary
    from hai_utils.cohort.report import check_file
    from hai_utils.commands.next_steps import after_check, grouping_column
    from hai_utils.commands.report_file import write_report
    from hai_utils.response.conflicts import progression_conflicts

    report = check_file(data, full_dictionary(dictionary), scans, progression_conflicts)
    for path, text in ((csv, report.as_csv), (html, report.as_html)):
        if path is not None:
            write_report(path, text())
    typer.echo(plain_lines(report.as_text()))
    typer.echo(plain_lines(after_check(report, data, dictionary, scans, grouping_column())))
    if report.exit_code:
        raise typer.Exit(report.exit_code)


@app.command()
@guarded
def template(folder: Annotated[Path, typer.Argument(help="Folder for the forms.")]) -> None:
    """Write empty forms for a cohort: CSV, a spreadsheet with drop-downs, a REDCap data dictionary, a worked example."""
    from hai_utils.commands.importing import make_template

    make_template(folder)


def _show_mapping_language(asked: bool) -> None:
    """Print what may stand in a mapping file, and end."""
    if asked:
        from hai_utils.importing.language import SCHEMA_FILE, help_text

        typer.echo(help_text() + f"\nSchema for editors: {SCHEMA_FILE}")
        raise typer.Exit


@app.command("import")
@guarded
def import_export(
    export: Annotated[Path, typer.Argument(help="Spreadsheet or table (XLSX, XLS, ODS, CSV, TSV, SAV, DTA).")],
    mapping: Annotated[
        Path | None, typer.Option(help="Which column becomes which, with codes and units (YAML).")
    ] = None,
    guess: Guess = False,
    ask: Ask = False,
    sheet: Annotated[str, typer.Option(help="Sheet of a workbook, for --guess and --ask.")] = "",
    dictionary: Own = None,
    scans: Scans = None,
    out: Out = Path("imported"),
    help_mapping: Annotated[
        bool,
        typer.Option(
            "--help-mapping", is_eager=True, callback=_show_mapping_language, help="What may stand in a mapping."
        ),
    ] = False,
) -> None:
    """Make a cohort from any spreadsheet or table; what only you can know is asked, or said in a small mapping file."""
    from hai_utils.commands.importing import run_import

    run_import(export, None, mapping, dictionary, scans, out, guess_only=guess, ask=ask, sheet=sheet)


@app.command("import-redcap")
@guarded
def import_from_redcap(
    export: Annotated[Path, typer.Argument(help="Raw or label export (CSV).")],
    data_dictionary: Annotated[Path, typer.Argument(help="REDCap data dictionary (CSV).")],
    mapping: Annotated[
        Path | None, typer.Option(help="Mapping of fields that the dictionary does not tell (YAML).")
    ] = None,
    guess: Guess = False,
    ask: Ask = False,
    dictionary: Own = None,
    scans: Scans = None,
    out: Out = Path("imported"),
) -> None:
    """Make a cohort from a REDCap export and its data dictionary; fields flagged as identifiers are never copied."""
    from hai_utils.commands.importing import run_import

    run_import(export, data_dictionary, mapping, dictionary, scans, out, guess_only=guess, ask=ask)


@app.command()
@guarded
def deidentify(
    raw: Annotated[Path, typer.Argument(help="Table with identifiers (CSV or XLSX).")],
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("deidentified.csv"),
    keep: Annotated[
        list[str] | None, typer.Option(help="Column of text to keep although it is not known to be harmless.")
    ] = None,
    since: Annotated[str, typer.Option(help="Column with the date from which days are counted.")] = "",
    dates: Annotated[str, typer.Option(help="Order in dates that may be read in two ways: dmy, mdy or ymd.")] = "",
    decimal: Annotated[str, typer.Option(help="Decimal sign of the numbers: . or ,")] = ".",
) -> None:
    """Leave out names, record numbers, dates and free text; pool ages above 89; turn dates into days; say what was done."""
    from hai_utils.commands.importing import run_deidentify

    run_deidentify(raw, tuple(keep or ()), since, out, dates=dates, decimal=decimal)


@app.command()
@guarded
def sites(
    folder: Annotated[Path, typer.Argument(help="Folder with one cohort file (CSV) a center.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the books; default _build/sites in the project.")] = None,
    params: Annotated[Path | None, typer.Option(help="Parameter file (YAML) for all; wins over params.yml.")] = None,
    setting: Settings = None,
    dictionary: Annotated[Path | None, typer.Option(help="Dictionary of the centers' own columns (CSV).")] = None,
    profile: Profile = "",
    source: Source = None,
    jobs: Annotated[int, typer.Option(min=0, help="Centers at a time; default: one a core.")] = 0,
    cluster: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Scheduler of a Dask cluster to build on, such as tls://HOST:8786.")
    ] = "",
    tls_ca: Annotated[
        Path | None, typer.Option(help="PEM file of the authority that scheduler and workers trust.")
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="PEM file of this side's certificate.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM file of this side's key.")] = None,
    insecure: Annotated[
        bool,
        typer.Option(
            "--insecure",
            help="Allow tcp:// to another machine: cohorts travel unencrypted, and anyone who reaches the scheduler can "
            "read them and run code on its workers.",
        ),
    ] = False,
) -> None:
    """Build a book for every center of a folder, and one overview of all.

    A center is NAME.csv; NAME.params.yml beside it holds choices of its own, NAME.dictionary.csv columns of its own.
    What is built and unchanged is not built again. Exit code 1: a center was refused; all others are done.
    """
    from hai_utils.commands.sites import SitesRequest, run_sites
    from hai_utils.sites.connection import Cluster

    request = SitesRequest(
        folder=folder, params=params, settings=tuple(setting or ()), out=out, dictionary=dictionary,
        profile=profile, source=source, jobs=jobs,
        cluster=Cluster(cluster, tls_ca, tls_cert, tls_key, insecure) if cluster else None,
    )  # fmt: skip
    if code := run_sites(request):
        raise typer.Exit(code)


@app.command()
@guarded
def audit(
    draft: Annotated[
        Path | None,
        typer.Argument(help="Numbers of a manuscript (CSV in the draft's format), or its DOCX, whose tables are read."),
    ] = None,
    template: Annotated[
        bool, typer.Option("--template", help="Print an empty draft with its columns explained.")
    ] = False,
    csv: Annotated[Path | None, typer.Option(help="Write the answers as CSV.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the answers as a page.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Of a DOCX: the draft to write; default NAME_draft.csv here.")
    ] = None,
) -> None:
    """Check printed numbers before submission: possible, impossible with proof, or in need of an assumption.

    Of a DOCX the numbers in its tables become a draft, which the author completes and audits. Exit code 0: nothing is impossible; 1: something is; 2: the file is not in the draft's format.
    """
    from hai_utils.commands import audit as command

    if template:
        command.print_template()
    elif draft is None:
        raise UsageError("Name a draft or a DOCX, or ask for --template.")
    elif draft.suffix.lower() == ".docx":
        command.write_draft(draft, out)
    elif command.audit_and_print(draft, csv, html):
        raise typer.Exit(1)


@app.command()
@guarded
def checklist(
    run: Annotated[Path | None, typer.Argument(help="Folder of a finished run; default _build/hai.")] = None,
    template: Annotated[
        bool, typer.Option("--template", help="Print the form for the author's answers instead.")
    ] = False,
) -> None:
    """Judge STROBE and REMARK for a run: what is met, what is not, what only the author can answer."""
    from hai_utils.commands.checklist import print_checklists, print_template

    if template:
        print_template()
    else:
        print_checklists(run)


app.add_typer(manuscript_app, name="manuscript")


@app.command()
@guarded
def compare(
    run_a: Annotated[Path, typer.Argument(help="Output folder of a build.")],
    run_b: Annotated[Path, typer.Argument(help="Output folder of another build.")],
    csv: Annotated[Path | None, typer.Option(help="Write all differences as CSV.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write them as a page, with the figures side by side.")] = None,
) -> None:
    """Compare two runs: every number that differs, and first of all the conclusions that flip.

    Exit code 0: compared, whatever differs; 1: the runs cannot be compared.
    """
    from hai_utils.commands.compare import run_compare

    run_compare(run_a, run_b, csv, html)


def main() -> None:
    """Run the command line."""
    try:
        app()
    except KeyboardInterrupt:
        # Before a command's own work began.
        _end_stopped(STOPPED[0])
    except SystemExit as done:
        if done.code not in STOPPED:
            raise
        _end_stopped(int(done.code))
    finally:
        # The memory goes with the process: to search it for garbage first takes more than a second after a build.
        gc.freeze()


def _end_stopped(code: int) -> None:
    """End at once: where Ctrl-C met code that is made from text, Python would end by the signal although it was handled."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
