"""The words behind FIT's codes: sports, laps, events, makers and the watches runners wear."""

from __future__ import annotations

from collections.abc import Mapping

TIMER_EVENT = 0
ACTIVITY_FILE = 4

FILE_TYPES = {
    1: "device",
    2: "settings",
    3: "sport settings",
    4: "activity",
    5: "workout",
    6: "course",
    7: "schedule",
    9: "weight",
    10: "totals",
    11: "goals",
    14: "blood pressure",
    15: "monitoring",
    20: "activity summary",
    28: "daily monitoring",
    32: "monitoring",
    34: "segment",
    35: "segment list",
    44: "HRV status",
    49: "sleep",
}

SPORTS = dict(
    enumerate(
        (
            "generic running cycling transition fitness_equipment swimming basketball soccer tennis american_football "
            "training walking cross_country_skiing alpine_skiing snowboarding rowing mountaineering hiking multisport "
            "paddling flying e_biking motorcycling boating driving golf hang_gliding horseback_riding hunting fishing "
            "inline_skating rock_climbing sailing ice_skating sky_diving snowshoeing snowmobiling "
            "stand_up_paddleboarding surfing wakeboarding water_skiing kayaking rafting windsurfing kitesurfing "
            "tactical jumpmaster boxing floor_climbing baseball"
        ).split()
    )
) | {
    53: "diving",
    62: "hiit",
    64: "racket",
    65: "wheelchair_push_walk",
    66: "wheelchair_push_run",
    67: "meditation",
    69: "disc_golf",
    71: "cricket",
    72: "rugby",
    73: "hockey",
    74: "lacrosse",
    75: "volleyball",
    76: "water_tubing",
    77: "wakesurfing",
    80: "mixed_martial_arts",
    82: "snorkeling",
    83: "dance",
    84: "jump_rope",
    254: "all",
}

SUB_SPORTS = dict(
    enumerate(
        (
            "generic treadmill street trail track spin indoor_cycling road mountain downhill recumbent cyclocross "
            "hand_cycling track_cycling indoor_rowing elliptical stair_climbing lap_swimming open_water "
            "flexibility_training strength_training warm_up match exercise challenge indoor_skiing cardio_training "
            "indoor_walking e_bike_fitness bmx casual_walking speed_walking bike_to_run_transition "
            "run_to_bike_transition swim_to_bike_transition atv motocross backcountry resort rc_drone wingsuit "
            "whitewater skate_skiing yoga pilates indoor_running gravel_cycling e_bike_mountain commuting "
            "mixed_surface navigate track_me map single_gas_diving multi_gas_diving gauge_diving apnea_diving "
            "apnea_hunting virtual_activity obstacle"
        ).split()
    )
) | {
    62: "breathing",
    65: "sail_race",
    67: "ultra",
    68: "indoor_climbing",
    69: "bouldering",
    70: "hiit",
    73: "amrap",
    74: "emom",
    75: "tabata",
    84: "pickleball",
    85: "padel",
    254: "all",
}

EVENT_TYPES = {
    0: "start",
    1: "stop",
    3: "marker",
    4: "stop_all",
    8: "stop_disable",
    9: "stop_disable_all",
}

INTENSITIES = {
    0: "active",
    1: "rest",
    2: "warmup",
    3: "cooldown",
    4: "recovery",
    5: "interval",
    6: "other",
}

LAP_TRIGGERS = {
    0: "manual",
    1: "time",
    2: "distance",
    3: "position_start",
    4: "position_lap",
    5: "position_waypoint",
    6: "position_marked",
    7: "session_end",
    8: "fitness_equipment",
}

MANUFACTURERS = {
    1: "garmin",
    7: "quarq",
    9: "saris",
    13: "dynastream_oem",
    15: "dynastream",
    16: "timex",
    23: "suunto",
    32: "wahoo_fitness",
    40: "concept2",
    69: "stages_cycling",
    70: "sigmasport",
    73: "wattbike",
    76: "moxy",
    89: "tacx",
    95: "stryd",
    107: "magene",
    111: "technogym",
    115: "igpsport",
    123: "polar_electro",
    255: "development",
    258: "lezyne",
    260: "zwift",
    265: "strava",
    267: "bryton",
    281: "trainer_road",
    282: "the_sufferfest",
    289: "hammerhead",
    294: "coros",
    305: "whoop",
    310: "decathlon",
    326: "nike",
}

GARMIN = 1
GARMIN_WATCHES = {
    717: "Forerunner 405",
    988: "Forerunner 60",
    1018: "Forerunner 310XT",
    1124: "Forerunner 110",
    1328: "Forerunner 910XT",
    1345: "Forerunner 610",
    1436: "Forerunner 70",
    1482: "Forerunner 10",
    1551: "fenix",
    1623: "Forerunner 620",
    1632: "Forerunner 220",
    1765: "Forerunner 920XT",
    1903: "Forerunner 15",
    1967: "fenix 2",
    2050: "fenix 3",
    2148: "Forerunner 25",
    2153: "Forerunner 225",
    2156: "Forerunner 630",
    2157: "Forerunner 230",
    2158: "Forerunner 735XT",
    2413: "fenix 3 HR",
    2431: "Forerunner 235",
    2503: "Forerunner 35",
    2544: "fenix 5S",
    2604: "fenix 5X",
    2691: "Forerunner 935",
    2697: "fenix 5",
    2886: "Forerunner 645",
    2888: "Forerunner 645 Music",
    2900: "fenix 5S Plus",
    3076: "Forerunner 245",
    3077: "Forerunner 245 Music",
    3110: "fenix 5 Plus",
    3111: "fenix 5X Plus",
    3113: "Forerunner 945",
    3226: "Venu",
    3282: "Forerunner 45",
    3288: "fenix 6S",
    3290: "fenix 6",
    3291: "fenix 6X",
    3466: "Instinct Solar",
    3589: "Forerunner 745",
    3638: "Enduro",
    3652: "Forerunner 945 LTE",
    3703: "Venu 2",
    3704: "Venu 2S",
    3869: "Forerunner 55",
    3888: "Instinct 2",
    3905: "fenix 7S",
    3906: "fenix 7",
    3907: "fenix 7X",
    3943: "epix (Gen 2)",
    3990: "Forerunner 255 Music",
    3992: "Forerunner 255",
    4024: "Forerunner 955",
    4257: "Forerunner 265",
    4258: "Forerunner 265S",
    4260: "Venu 3",
    4315: "Forerunner 965",
    4341: "Enduro 2",
    4432: "Forerunner 165",
    4433: "Forerunner 165 Music",
    4536: "fenix 8",
    4575: "Enduro 3",
}


def word(words: Mapping[int, str], code: float | None) -> str | None:
    """The word for a code; `unknown_<code>` where the table has none, None where the file has none."""
    if code is None:
        return None
    return words.get(int(code)) or f"unknown_{int(code)}"
