"""The words that centers use for the columns and levels of a cohort: what a first guess is made from.

A guess only proposes lines of a mapping file, which the user reads and corrects; nothing is imported by it.
"""

from __future__ import annotations

from collections.abc import Mapping

# Headers as `identifiers.words_of` writes them.
COLUMN_WORDS: Mapping[str, tuple[str, ...]] = {
    "patient_id": ("patient_id", "study_id", "subject_id", "participant_id", "record_id", "mrn", "case_id", "pid", "id", "patient", "record_number", "hospital_number"),
    "site": ("site", "center", "center", "institution", "hospital"),
    "age_years": ("age", "age_years", "age_at_surgery", "age_at_operation", "age_at_pump", "age_at_diagnosis", "alter"),
    "sex": ("sex", "gender", "geschlecht"),
    "race": ("race", "ethnicity", "race_ethnicity"),
    "bmi_kg_m2": ("bmi", "body_mass_index"),
    "synchronous_metastases": ("synchronous", "synchronous_metastases", "synchronous_crlm", "synchronous_disease", "sync_mets"),
    "kras": ("kras", "kras_status", "kras_mutation", "kras_mutant", "ras", "ras_status"),
    "nras": ("nras", "nras_status", "nras_mutation"),
    "braf": ("braf", "braf_status", "braf_mutation", "braf_v600e"),
    "kras_codon": ("kras_codon", "kras_variant", "kras_mutation_type"),
    "primary_site": ("primary_site", "primary_location", "tumor_location", "primary_tumor_location", "site_of_primary", "sidedness"),
    "primary_resection": ("primary_resection", "resection_of_primary", "primary_resected", "colectomy"),
    "pump_year": ("pump_year", "year_of_pump", "year_of_surgery"),
    "operative_minutes": ("operative_time", "or_time", "operation_time", "operative_minutes", "operative_duration", "duration_of_surgery"),
    "length_of_stay_days": ("length_of_stay", "los", "hospital_stay", "los_days"),
    "n_liver_lesions": ("number_of_lesions", "n_lesions", "liver_lesions", "number_of_liver_lesions", "num_lesions", "number_of_metastases"),
    "extrahepatic_disease": ("extrahepatic_disease", "extrahepatic", "extrahep_disease", "ehd"),
    "prior_regimens": ("prior_regimens", "prior_lines", "lines_of_chemo", "number_of_prior_regimens"),
    "prior_chemo_cycles": ("prior_cycles", "prior_chemo_cycles", "cycles_before_pump", "preop_cycles"),
    "first_line": ("first_line", "1st_line", "first_line_chemo", "first_line_regimen"),
    "second_line": ("second_line", "2nd_line", "second_line_chemo", "second_line_regimen"),
    "hai_cycles": ("hai_cycles", "pump_cycles", "fudr_cycles", "number_of_hai_cycles"),
    "hai_discontinued": ("hai_discontinued", "hai_stopped", "pump_discontinued", "fudr_stopped"),
    "lesion1_baseline_long_mm": ("lesion_1_baseline_long", "lesion1_baseline_long", "l1_baseline_long", "target_1_baseline_longest"),
    "lesion1_baseline_perp_mm": ("lesion_1_baseline_perp", "lesion1_baseline_perp", "l1_baseline_perp", "target_1_baseline_perpendicular"),
    "lesion2_baseline_long_mm": ("lesion_2_baseline_long", "lesion2_baseline_long", "l2_baseline_long", "target_2_baseline_longest"),
    "lesion2_baseline_perp_mm": ("lesion_2_baseline_perp", "lesion2_baseline_perp", "l2_baseline_perp", "target_2_baseline_perpendicular"),
    "lesion1_best_long_mm": ("lesion_1_best_long", "lesion1_best_long", "l1_best_long", "target_1_best_longest"),
    "lesion1_best_perp_mm": ("lesion_1_best_perp", "lesion1_best_perp", "l1_best_perp", "target_1_best_perpendicular"),
    "lesion2_best_long_mm": ("lesion_2_best_long", "lesion2_best_long", "l2_best_long", "target_2_best_longest"),
    "lesion2_best_perp_mm": ("lesion_2_best_perp", "lesion2_best_perp", "l2_best_perp", "target_2_best_perpendicular"),
    "converted_to_resection": ("converted_to_resection", "conversion", "converted", "resected", "conversion_to_resection"),
    "converted_months": ("converted_months", "months_to_conversion", "time_to_conversion", "conversion_months"),
    "response_months": ("response_months", "months_to_response", "time_to_response", "time_to_first_response"),
    "clavien_dindo": ("clavien_dindo", "clavien", "clavien_dindo_grade", "cd_grade", "complication_grade"),
    "pump_complication": ("pump_complication", "pump_complications", "hai_complication"),
    "os_months": ("os_months", "os", "os_time", "overall_survival", "overall_survival_months", "survival_months", "months_to_death_or_last_contact"),
    "os_event": ("os_event", "os_status", "vital_status", "death", "dead", "deceased", "died", "survival_status", "status"),
    "pfs_months": ("pfs_months", "pfs", "pfs_time", "progression_free_survival", "dfs_months", "dfs", "months_to_progression", "months_to_dfs_progression"),
    "pfs_event": ("pfs_event", "pfs_status", "progressed", "progression_event", "vital_status_dfs"),
    "hepatic_pfs_months": ("hepatic_pfs_months", "hepatic_pfs", "hpfs", "hpfs_months", "liver_pfs", "liver_pfs_months", "months_to_liver_dfs_progression"),
    "hepatic_pfs_event": ("hepatic_pfs_event", "hepatic_pfs_status", "hpfs_event", "liver_pfs_event", "vital_status_liver_dfs"),
}  # fmt: skip

YES_WORDS = ("yes", "y", "1", "true", "ja", "j", "oui", "si", "x", "positive", "pos", "present", "checked")
NO_WORDS = ("no", "n", "0", "false", "nein", "non", "none", "negative", "neg", "absent", "unchecked")
_MUTATION = {
    "mutant": ("mutant", "mut", "mutated", "mutation", "positive", "pos", "yes", "1"),
    "wild_type": ("wild_type", "wt", "wildtype", "wild", "negative", "neg", "no", "0"),
}
_HAPPENED = {
    "1": ("1", "yes", "true", "event", "dead", "death", "died", "deceased", "dod", "progressed", "progression", "recurrence"),
    "0": ("0", "no", "false", "censored", "alive", "living", "awd", "ned", "no_progression"),
}  # fmt: skip
LEVEL_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    # 1 and 2 as in ISO/IEC 5218.
    "sex": {"male": ("male", "m", "man", "mann", "1"), "female": ("female", "f", "w", "woman", "weiblich", "frau", "2")},
    "kras": _MUTATION,
    "nras": _MUTATION,
    "braf": {**_MUTATION, "mutant": (*_MUTATION["mutant"], "v600e", "braf_v600e")},
    "primary_site": {
        "right_colon": ("right_colon", "right", "cecum", "caecum", "ascending", "ascending_colon", "hepatic_flexure"),
        "left_colon": ("left_colon", "left", "descending", "descending_colon", "sigmoid", "splenic_flexure"),
        "rectum": ("rectum", "rectal"),
    },
    "primary_resection": {
        "prior": ("prior", "before", "previous"),
        "synchronous": ("synchronous", "simultaneous", "same_operation"),
        "none": ("none", "no", "not_resected"),
    },
    "clavien_dindo": {
        "0": ("0", "none", "no"), "I": ("i", "1"), "II": ("ii", "2"), "IIIa": ("iiia", "3a"), "IIIb": ("iiib", "3b"),
        "IVa": ("iva", "4a"), "IVb": ("ivb", "4b"), "V": ("v", "5"),
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
}  # fmt: skip

# What stands for 'not known' in an export, in small letters.
MISSING_WORDS = frozenset(
    {
        "-9", "-99", "-998", "-999", "-9999", "na", "n/a", "n.a.", "nd", "nk", "unk", "unknown", "not known", "missing",
        "not available", "not recorded", "not reported", "not done", "unspecified", "unspecified/not reported",
        "unknown / not reported", "null", "nan", ".", "-", "--", "?", "#n/a",
    }
)  # fmt: skip

DATE_ROLES: Mapping[str, tuple[str, ...]] = {
    "birth": ("birth", "dob", "born", "geburtsdatum"),
    "hepatic_progression": ("liver_progression", "hepatic_progression", "liver_recurrence", "hepatic_recurrence"),
    "progression": ("progression", "recurrence", "progressed", "relapse"),
    "death": ("death", "dod", "died", "deceased"),
    "last_contact": ("last_contact", "last_follow", "last_followup", "last_seen", "follow_up", "followup", "lfu", "last_known"),
    "pump": ("pump", "hai", "implantation", "implant", "surgery", "operation", "index"),
}  # fmt: skip

UNIT_WORDS: Mapping[str, tuple[str, ...]] = {
    "mm": ("mm",),
    "cm": ("cm",),
    "days": ("days", "day", "d"),
    "weeks": ("weeks", "week", "wk"),
    "months": ("months", "month", "mo"),
    "years": ("years", "year", "yrs"),
    "hours": ("hours", "hour", "hrs", "h"),
    "min": ("min", "minutes"),
}

# Values that may stay in a de-identified table although they are words: clinical terms, never a person's.
CLINICAL_WORDS = frozenset(
    {
        "folfox", "folfiri", "folfoxiri", "folfirinox", "capox", "xelox", "capeox", "5_fu", "5fu", "fudr", "floxuridine",
        "bevacizumab", "cetuximab", "panitumumab", "irinotecan", "oxaliplatin", "capecitabine", "white", "black",
        "asian", "african_american", "hispanic", "american_indian", "pacific_islander", "other", "mixed", "colon",
        "liver", "lung", "peritoneum", "lymph_node", "right", "left", "bilateral", "single", "multiple", "complete",
        "partial", "stable", "progressive", "progression", "r0", "r1", "r2", "cr", "pr", "sd", "pd", "ne", "low",
        "intermediate", "high", "grade", "well", "moderate", "poor", "adenocarcinoma", "mucinous",
    }
)  # fmt: skip
