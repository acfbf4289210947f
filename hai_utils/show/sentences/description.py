"""Patients of the cohort: the flow of patients, the baseline, and what came before."""

from __future__ import annotations

from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Paragraphs, Text, clause, join, key, listed
from hai_utils.show.sentences.composing import OTHERWISE, by_group, compose, counted, paragraphs, said
from hai_utils.show.tables.unprinted import origin
from hai_utils.show.wording import group_words, in_text, people, size_words

# Shares that the article prints and no count of its patients gives.
_PRINTED_SHARES = {"kras_codon.codon_12.mutant": "66.7%"}


def flow(results: Results) -> Content:
    """From all rows of the file to the groups that are compared."""
    study = results.study
    if any(step.count is None for step in study.flow):
        return Paragraphs((_gated_flow(study),))
    left_out = [
        f"{step.count} {'was' if step.count == 1 else 'were'} excluded from the comparisons ({step.label})"
        for step in study.flow
        if step.kind == "excluded" and step.count
    ]
    left_out += [
        f"{step.count} {'has' if step.count == 1 else 'have'} no group ({step.label})"
        for step in study.flow
        if step.kind == "no_group"
    ]
    remaining = next(step.count for step in study.flow if step.kind == "analysed")
    start = f"Of {study.size} {people(study, study.size)}, "
    if left_out:
        start += f"{' and '.join(left_out)}; of the other {remaining}, "
    sizes = _sizes(study)
    return Paragraphs(
        (clause(start, sizes, ".") if sizes else (f"The cohort has {study.size} {people(study, study.size)}.",),)
    )


def _sizes(study: Study) -> Text:
    """Say how many are in each group, the verb after the first number."""
    verbs = [" was" if study.groups[0].n == 1 else " were", *[""] * (len(study.groups) - 1)] if study.groups else []
    sizes = [((f"{group.n}{verb}",), group) for group, verb in zip(study.groups, verbs, strict=True)]
    return by_group(study, sizes) if sizes else ()


def _gated_flow(study: Study) -> Text:
    """Say how many are compared as far as it may be said, and of whom the chapters speak."""
    counts = {step.kind: step.count for step in study.flow}
    texts = [f"The cohort has {size_words(study)} {people(study)}."]
    if study.size is not None and counts["analysed"] is not None:
        texts.append(f"{counts['analysed']} are compared by {in_text(study.group_label)}.")
    groups: Text = ("How many belong to each group is withheld.",)
    if all(group.n is not None for group in study.groups):
        groups = clause("By ", in_text(study.group_label), ", ", _sizes(study), ".")
    left_out: Text = ("How many were excluded from the comparisons, and for what reason, is withheld.",)
    hidden = any(step.count is None for step in study.flow if step.kind in {"excluded", "no_group"})
    whom: Text = ()
    if study.size is None and study.overall_size is not None:
        whom = ("What is said of all together is said of those compared.",)
    return join(*((text,) for text in texts), groups, left_out if hidden else (), whom)


def baseline(results: Results) -> Content:
    """Characteristics of the patients: age, sex, disease and treatment, over all and by group."""
    # Over all the article prints the mean of the published patients; elsewhere the measure is that of Table 1.
    measure = "mean" if results.study.reconstruction else "median"
    of_age = "{age_years.all.mean to 0 decimals}" if results.study.reconstruction else "{age_years.all.median}"
    youngest = f"{OTHERWISE}34 in Table 1 and 35 in its text" if results.study.published else ""
    age = f"The {measure} age was {of_age} years (range {{age_years.all.min}} to {{age_years.all.max}}{youngest})."
    bmi = "The median body mass index was {bmi_kg_m2.all.median} kg/m² (range {bmi_kg_m2.all.min} to {bmi_kg_m2.all.max})."
    texts = [
        join(
            said(results, age),
            said(results, "Male sex was recorded in {sex.male.all.count} of {sex.all.n} ({sex.male.all.percent})."),
            said(results, bmi),
        ),
        join(
            _median(results, "The median number of liver lesions was", "n_liver_lesions"),
            counted(results, "Liver metastases were synchronous in", "synchronous_metastases"),
            counted(results, "Extrahepatic disease was present in", "extrahepatic_disease"),
        ),
        _median(results, "The median number of HAI cycles was", "hai_cycles"),
    ]
    return paragraphs(results, texts, "The file has none of the columns that this section describes in words.")


def _median(results: Results, opening: str, name: str) -> Text:
    return said(results, f"{opening} {{{name}.all.median}} (range {{{name}.all.min}} to {{{name}.all.max}}).")


def history(results: Results) -> Content:
    """Mutation variants, resection of the primary, and systemic treatment before the pump."""
    everybody = f"{OTHERWISE}“All patients” in one place" if results.study.published else ""
    texts = [
        _levels(results, "kras_codon", "The KRAS variants were", suffix=" to 1 decimal"),
        join(_resections(results)),
        join(
            counted(results, "Systemic chemotherapy had been given before to", "prior_chemotherapy", everybody),
            _levels(results, "first_line", "The first-line regimen was"),
            _levels(results, "second_line", "The second-line regimen was"),
        ),
    ]
    return paragraphs(
        results, texts, "The file has none of the columns on earlier treatment that this section describes."
    )


def _levels(results: Results, name: str, opening: str, *, suffix: str = "") -> Text:
    """List how often each level of a variable occurs over all."""
    study = results.study
    # The article prints the variants of its KRAS-mutated group.
    group = "mutant" if study.published and name == "kras_codon" else study.overall
    if name not in study.variables or not results.get(key(name, group, "n")).value:
        return ()
    found = []
    levels = study.variables[name].levels
    if study.reconstruction:
        # What the article does not print of a list was chosen for plausibility.
        stems = {level: key(name, level, group) for level, _ in levels}
        printed = [
            one
            for one in levels
            if stems[one[0]] in _PRINTED_SHARES or origin(study, f"{stems[one[0]]}.count", "") == "printed"
        ]
        levels = tuple(printed) or levels
    for level, label in levels:
        stem = key(name, level, group)
        beside = _PRINTED_SHARES.get(stem, "") if study.published else ""
        beside = beside and OTHERWISE + study.formatter.as_given(beside)
        if results.get(f"{stem}.count").value:
            share = f"{{{stem}.count}} of {{{key(name, group)}.n}} ({{{stem}.percent{suffix}}}{beside})"
            found.append(clause(f"{label} in ", compose(results, share)))
    return clause(f"{opening} ", listed(found), ".")


def _resections(results: Results) -> Text:
    """Say how often the primary was resected before and with pump placement, over all and by group."""
    study, name = results.study, "primary_resection"
    if name not in study.variables:
        return ()
    parts = []
    for level, opening in (
        ("prior", "The primary had been resected before pump placement in"),
        ("synchronous", "and together with it in"),
    ):
        stem = key(name, level)
        groups = [
            (compose(results, f"{{{stem}.{key(group.level)}.count}} of {{{key(name, group.level)}.n}}"), group)
            for group in study.groups
            if not results.get(f"{stem}.{key(group.level)}.count").withheld
        ]
        over_all = compose(results, f"{{{stem}.all.count}} of {{{name}.all.n}}")
        if not over_all:
            return ()
        listed_groups = [clause(count, f" in {group_words(study, group)}") for count, group in groups]
        outside = results.find_key(f"{stem}.excluded.count")
        if groups and outside is not None and outside.value and not outside.withheld:
            outside_words = compose(results, f"{{{stem}.excluded.count}} of {{{name}.excluded.n}} excluded")
            listed_groups.append(outside_words)
        parts.append(clause(f"{opening} ", over_all, *((" (", listed(listed_groups), ")") if groups else ())))
    return clause(parts[0], " ", parts[1], ".")
