"""The words that centers use for the columns and levels of a cohort: what a first guess is made from.

A guess only proposes lines of a mapping file, which the user reads and corrects; nothing is imported by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.identifiers import words_of
from hai_utils.importing.units import unit_of

# Words of a header that mean the same, so that each phrase below stands once.
_SAME_WORD: Mapping[str, str] = {
    "no": "number", "nr": "number", "num": "number", "n": "number", "count": "number", "tumour": "tumor", "centre": "center",
    "mets": "metastases", "lesions": "lesions", "dx": "diagnosis", "surg": "surgery", "op": "operation", "oper": "operation",
    "or": "operation", "fu": "follow_up", "followup": "follow_up", "fup": "follow_up", "prog": "progression", "l1": "lesion1", "l2": "lesion2",
    "les1": "lesion1", "les2": "lesion2", "target1": "lesion1", "target2": "lesion2", "longest": "long", "perpendicular": "perp",
    "longest_diameter": "long", "bl": "baseline", "sync": "synchronous", "synch": "synchronous", "progressed": "progression", "pt": "patient",
    "pts": "patient", "vital": "vital", "mutn": "mutation", "yr": "year", "loc": "location",
}  # fmt: skip
_DROPPED = frozenset({"the", "of", "to", "at", "in", "from", "a", "and", "date"})

# Headers as `phrase_of` writes them.
COLUMN_WORDS: Mapping[str, tuple[str, ...]] = {
    "patient_id": ("patient_id", "study_id", "subject_id", "participant_id", "record_id", "mrn", "case_id", "pid", "id", "patient", "record_number", "hospital_number", "patient_number", "study_number", "patient_identifier", "subject", "number", "sample_id", "case", "row"),
    "site": ("site", "center", "institution", "hospital"),
    "age_years": ("age", "age_years", "age_surgery", "age_operation", "age_pump", "age_diagnosis", "alter", "diagnosis_age"),
    "sex": ("sex", "gender", "geschlecht", "sex_birth"),
    "race": ("race", "ethnicity", "race_ethnicity"),
    "bmi_kg_m2": ("bmi", "body_mass_index", "bmi_kg_m2"),
    "synchronous_metastases": ("synchronous", "synchronous_metastases", "synchronous_crlm", "synchronous_disease", "synchronous_liver_metastases", "synchronicity"),
    "kras": ("kras", "kras_status", "kras_mutation", "kras_mutant", "kras_mutation_status", "ras", "ras_status", "ras_mutation"),
    "nras": ("nras", "nras_status", "nras_mutation"),
    "braf": ("braf", "braf_status", "braf_mutation", "braf_v600e"),
    "kras_codon": ("kras_codon", "kras_variant", "kras_mutation_type"),
    "primary_site": ("primary_site", "primary_location", "tumor_location", "primary_tumor_location", "site_primary", "location_primary_tumor", "location_primary", "primary", "sidedness", "primary_side"),
    "primary_resection": ("primary_resection", "resection_primary", "primary_resected", "colectomy"),
    "pump_year": ("pump_year", "year_pump", "year_surgery", "year_pump_placement"),
    "operative_minutes": ("operative_time", "operation_time", "operative_minutes", "operative_duration", "duration_surgery", "duration_operation", "operation_minutes", "operation_duration"),
    "length_of_stay_days": ("length_stay", "los", "hospital_stay", "los_days"),
    "n_liver_lesions": ("number_lesions", "number_liver_lesions", "liver_lesions", "number_metastases", "number_liver_metastases", "lesions", "lesion_number"),
    "extrahepatic_disease": ("extrahepatic_disease", "extrahepatic", "extrahep_disease", "ehd"),
    "prior_regimens": ("prior_regimens", "prior_lines", "lines_chemo", "number_prior_regimens"),
    "prior_chemo_cycles": ("prior_cycles", "prior_chemo_cycles", "cycles_before_pump", "preop_cycles"),
    "first_line": ("first_line", "1st_line", "first_line_chemo", "first_line_regimen"),
    "second_line": ("second_line", "2nd_line", "second_line_chemo", "second_line_regimen"),
    "hai_cycles": ("hai_cycles", "pump_cycles", "fudr_cycles", "number_hai_cycles"),
    "hai_discontinued": ("hai_discontinued", "hai_stopped", "pump_discontinued", "fudr_stopped"),
    "converted_to_resection": ("converted_resection", "conversion", "converted", "resected", "conversion_resection"),
    "clavien_dindo": ("clavien_dindo", "clavien", "clavien_dindo_grade", "clavien_grade", "cd_grade", "complication_grade", "worst_clavien_dindo_complication_within_30_days"),
    "converted_months": ("converted_months", "months_to_conversion", "time_to_conversion", "conversion_months"),
    "response_months": ("response_months", "months_to_response", "time_to_response", "time_to_first_response"),
    "pump_complication": ("pump_complication", "pump_complications", "hai_complication"),
    "os_months": ("os", "os_time", "overall_survival", "survival", "survival_time", "death_or_last_contact", "time", "time_death", "futime", "dtime", "follow_up", "follow_up_time", "time_last_contact", "os_duration", "months", "days"),
    "os_event": ("os_event", "os_status", "vital_status", "vital", "death", "dead", "deceased", "died", "survival_status", "status", "alive", "event", "overall_survival_status", "death_status", "dead_alive", "alive_dead"),
    "pfs_months": ("pfs", "pfs_time", "progression_free_survival", "dfs", "dfs_time", "rfs", "rfs_time", "rfstime", "rtime", "disease_free_survival", "recurrence_free_survival", "relapse_free_survival", "time_progression", "time_recurrence", "ttp", "ttr", "progression", "dfs_progression", "pfs_duration", "disease_free"),
    "pfs_event": ("pfs_event", "pfs_status", "progression", "progression_event", "recurrence", "recur", "relapse", "rfs_event", "rfs_status", "dfs_event", "dfs_status", "vital_status_dfs", "disease_free_status", "recurrence_status", "progression_status"),
    "hepatic_pfs_months": ("hepatic_pfs", "hepatic_pfs_time", "hpfs", "hpfs_time", "liver_pfs", "liver_pfs_time", "liver_dfs_progression"),
    "hepatic_pfs_event": ("hepatic_pfs_event", "hepatic_pfs_status", "hpfs_event", "liver_pfs_event", "vital_status_liver_dfs"),
}  # fmt: skip
# What is a date of what; the first that fits counts.
DATE_ROLES: Mapping[str, tuple[str, ...]] = {
    "birth": ("birth", "dob", "born", "geburtsdatum"),
    "consent": ("consent",),
    "scan": ("scan", "imaging", "ct_date", "mri"),
    "diagnosis": ("diagnosis",),
    "hepatic_progression": ("liver_progression", "hepatic_progression", "liver_recurrence", "hepatic_recurrence"),
    "progression": ("progression", "recurrence", "progress", "relapse"),
    "death": ("death", "dod", "died", "deceased"),
    "last_contact": (
        "last_contact",
        "last_follow",
        "last_seen",
        "follow_up",
        "lfu",
        "last_known",
        "last_visit",
        "last",
    ),
    "pump": ("pump", "hai", "implantation", "implant"),
    "surgery": ("surgery", "operation", "index", "treatment", "random", "start", "resection"),
}
# The date that months count from, where it needs no question.
TIME_ZERO = "pump"

YES_WORDS = ("yes", "y", "1", "true", "ja", "j", "oui", "si", "x", "positive", "pos", "present", "checked")
NO_WORDS = ("no", "n", "0", "false", "nein", "non", "none", "negative", "neg", "absent", "unchecked")
_MUTATION = {
    "mutant": ("mutant", "mut", "mutated", "mutation", "positive", "pos", "yes", "kras_mutated", "mt"),
    "wild_type": ("wild_type", "wt", "wildtype", "wild", "negative", "neg", "no", "no_mutation", "non_mutated"),
}
_HAPPENED = {
    "1": (
        "1", "yes", "y", "true", "event", "dead", "death", "died", "deceased", "exitus", "expired", "1_deceased", "dead_of_disease",
        "died_of_disease", "dead_with_disease", "progressed", "progression", "recurrence", "recurred", "relapse", "relapsed",
        "recurred_progressed", "1_recurred_progressed", "1_progression", "1_progressed", "1_event", "checked", "happened", "x",
    ),
    "0": (
        "0", "no", "n", "false", "censored", "alive", "living", "0_living", "0_alive", "no_progression", "alive_with_disease", "no_event",
        "alive_without_disease", "no_evidence_of_disease", "alive_no_evidence_of_disease", "0_censored", "0_diseasefree", "diseasefree",
        "disease_free", "no_recurrence", "progression_free", "0_progression_free", "unchecked", "at_last_contact", "alive_at_last_contact",
    ),
}  # fmt: skip
LEVEL_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "sex": {"male": ("male", "m", "man", "mann"), "female": ("female", "f", "w", "woman", "weiblich", "frau")},
    "kras": _MUTATION,
    "nras": _MUTATION,
    "braf": {**_MUTATION, "mutant": (*_MUTATION["mutant"], "v600e", "braf_v600e")},
    "primary_site": {
        "right_colon": ("right_colon", "right", "cecum", "caecum", "ascending", "ascending_colon", "hepatic_flexure", "r_colon", "transverse"),
        "left_colon": ("left_colon", "left", "descending", "descending_colon", "sigmoid", "sigmoid_colon", "splenic_flexure", "l_colon"),
        "rectum": ("rectum", "rectal", "rectosigmoid"),
    },
    "primary_resection": {
        "prior": ("prior", "before", "previous"),
        "synchronous": ("synchronous", "simultaneous", "same_operation"),
        "none": ("none", "no", "not_resected"),
    },
    "clavien_dindo": {
        "0": ("0", "none", "no", "grade_0"), "I": ("i", "1", "grade_i", "grade_1"), "II": ("ii", "2", "grade_ii", "grade_2"),
        "IIIa": ("iiia", "3a", "grade_iiia", "grade_3a"), "IIIb": ("iiib", "3b", "grade_iiib", "grade_3b"),
        "IVa": ("iva", "4a", "grade_iva", "grade_4a"), "IVb": ("ivb", "4b", "grade_ivb", "grade_4b"), "V": ("v", "5", "grade_v", "grade_5"),
    },
    "pump_complication": {
        "none": ("none", "no", "0"),
        "pocket_infection": ("pocket_infection", "pump_pocket_infection", "infection"),
        "biliary_stricture": ("biliary_stricture", "stricture", "biliary_sclerosis"),
        "biloma": ("biloma",),
        "arterial": ("arterial", "arterial_thrombosis", "hepatic_artery_thrombosis"),
        "catheter": ("catheter", "catheter_displacement", "catheter_occlusion"),
        "pump_failure": ("pump_failure", "malfunction", "pump_malfunction"),
        "other": ("other",),
    },
    "os_event": _HAPPENED,
    "pfs_event": _HAPPENED,
    "hepatic_pfs_event": _HAPPENED,
    "role": {"target": ("target", "yes_target"), "non_target": ("non_target",), "new": ("new", "yes")},
}  # fmt: skip
# What centers mean by different things: asked, with what it usually means.
DOUBTFUL: Mapping[str, Mapping[str, str]] = {
    "sex": {"1": "male", "2": "female"},  # ISO/IEC 5218
    "kras": {"1": "mutant", "0": "wild_type"},
    "nras": {"1": "mutant", "0": "wild_type"},
    "braf": {"1": "mutant", "0": "wild_type"},
    "primary_site": {"transverse": "right_colon", "rectosigmoid": "rectum"},
    "os_event": {"ned": "0", "awd": "0", "dod": "1", "doc": "1", "lost": "0", "lost_to_follow_up": "0", "ltfu": "0"},
    "yes_no": {"1": "yes", "0": "no", "2": "no"},
}
# A header that says what 1 means; under any other, 0 and 1 of a status are asked.
ONE_MEANS_YES = frozenset(
    {
        "os_event", "death", "dead", "deceased", "died", "event", "pfs_event", "progression", "recurrence", "recur", "relapse", "rfs_event",
        "dfs_event", "progression_event", "hepatic_pfs_event", "hpfs_event", "liver_pfs_event", "kras_mutation", "kras_mutant", "ras_mutation",
        "nras_mutation", "braf_mutation",
    }
)  # fmt: skip

# What stands for 'not known' in an export, in small letters; Stata's .a to .z with it.
MISSING_WORDS = frozenset(
    {
        "-9", "-99", "-998", "-999", "-9999", "na", "n/a", "n.a.", "nd", "nk", "unk", "unknown", "not known", "missing",
        "not available", "not recorded", "not reported", "not done", "unspecified", "unspecified/not reported",
        "unknown / not reported", "null", "nan", ".", "-", "--", "?", "#n/a", "not tested", "not eval", "not evaluable", "n.d.", "n.k.",
        "[not available]", "[not applicable]", "[unknown]", "[not evaluated]", "unbekannt", "not applicable", "nask", "ne", "refused", "declined", "prefer not to say", "unkown", "unknown/not reported",
        *(f".{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"),
    }
)  # fmt: skip
# Of these, what may also be an answer (none, negative, a queried value): asked in a column of answers.
UNSURE_MISSING = frozenset({"-", "--", "?", "ne", "nd"})
# Of these, what in a column of dates says that there is no such date; 'none' and 'no' say so too.
NO_DATE = frozenset(
    {"-", "--", "n/a", "na", "n.a.", "none", "no", "nil", "not applicable", "[not applicable]", "never"}
)
# Numbers that data entry uses for 'not known'.
NINES = ("9", "99", "999", "9999", "88", "888")
FOOTER_WORDS = frozenset(
    {
        "total",
        "sum",
        "mean",
        "median",
        "average",
        "sd",
        "legend",
        "note",
        "notes",
        "source",
        "range",
        "min",
        "max",
        "count",
    }
)
_VARIANT = re.compile(r"(?:codon_1[23]|[ACDEFGHIKLMNPQRSTVWYacdefghiklmnpqrstvwy]\d{1,3}[A-Za-z])")


@lru_cache(maxsize=65_536)
def phrase_of(header: str) -> str:
    """Write a header with one word for one thing and without its unit (``No. of lesions`` is ``number_lesions``)."""
    words = (
        words_of(header)
        .replace("lesion_1", "lesion1")
        .replace("lesion_2", "lesion2")
        .replace("target_1", "target1")
        .replace("target_2", "target2")
    )
    words = words.replace("longest_diameter", "long").replace("o_s_", "os_").replace("p_f_s", "pfs")
    words = f"_{words}_".replace("_f_u_", "_fu_").strip("_")
    kept = [_SAME_WORD.get(word, word) for word in words.split("_") if word not in _DROPPED]
    bare = [word for word in kept if not unit_of(word)]
    return "_".join(bare or kept)


@lru_cache(maxsize=4096)
def _forms(name: str, labels: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Return what each word stands for in a column of levels, given each level with its label."""
    yes_no: Mapping[str, tuple[str, ...]] = {"yes": YES_WORDS, "no": NO_WORDS}
    words = yes_no if [level for level, _ in labels] == ["yes", "no"] else LEVEL_WORDS.get(name, {})
    forms = {word: level for level, known in words.items() for word in known}
    return forms | {words_of(form): level for level, label in labels for form in (label, level)}


def level_of(variable: Variable, cell: str) -> str | None:
    """Return the level that a cell stands for (``3a``, ``G12D``, ``wt``); None where the words do not say."""
    word = words_of(cell)
    level = _forms(variable.name, tuple((one, variable.label_of(one)) for one in variable.levels)).get(word)
    if level is None and variable.levels == ("mutant", "wild_type") and _VARIANT.fullmatch(word):
        return "mutant"
    return level if word else None


def is_variant(cell: str) -> bool:
    """Say whether a cell names a variant of a gene (``G12D``, ``codon 12``)."""
    return bool(_VARIANT.fullmatch(words_of(cell)))


def happened(word: str) -> str | None:
    """Return yes or no where a word says whether something happened; None where it does not."""
    found = [answer for answer, code in (("yes", "1"), ("no", "0")) if words_of(word) in _HAPPENED[code]]
    return found[0] if found else None


def is_missing(cell: str) -> bool:
    """Say whether a cell is one of the words and numbers for 'not known'."""
    return cell.lower() in MISSING_WORDS or (cell.endswith(".0") and cell[:-2] in MISSING_WORDS)


# Values that may stay in a de-identified table although they are words: clinical terms, never a person's.
CLINICAL_WORDS = frozenset(
    {
        "folfox", "folfiri", "folfoxiri", "folfirinox", "capox", "xelox", "capeox", "5_fu", "5fu", "fudr", "floxuridine",
        "bevacizumab", "cetuximab", "panitumumab", "irinotecan", "oxaliplatin", "capecitabine", "white", "black",
        "asian", "african_american", "hispanic", "american_indian", "pacific_islander", "other", "mixed", "colon",
        "liver", "lung", "peritoneum", "lymph_node", "right", "left", "bilateral", "single", "multiple", "complete",
        "partial", "stable", "progressive", "progression", "r0", "r1", "r2", "cr", "pr", "sd", "pd", "ne", "low",
        "intermediate", "high", "grade", "well", "moderate", "poor", "ned", "awd", "dod", "doc", "adenocarcinoma", "mucinous",
    }
)  # fmt: skip
