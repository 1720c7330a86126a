"""What the numbers in a FIT file mean: the messages and fields we read, and the words behind their codes.

Our own table, gathered from public descriptions of the format. What is not named here is still walked over and can be
asked for by number. A physical value is raw / scale - offset.
"""

from __future__ import annotations

from dataclasses import dataclass

FIT_EPOCH_UNIX_S = 631_065_600
"""1989-12-31T00:00:00Z, where FIT clocks begin."""

SEMICIRCLE_DEG = 180.0 / 2**31
"""Positions are counted in 2**31 semicircles to half the globe."""

TIMESTAMP = 253
FILE_ID, SPORT, SESSION, LAP, RECORD, EVENT, DEVICE_INFO, WORKOUT, WORKOUT_STEP = 0, 12, 18, 19, 20, 21, 23, 26, 27
ACTIVITY, HRV, LENGTH, FIELD_DESCRIPTION, DEVELOPER_DATA_ID = 34, 78, 101, 206, 207
COMPRESSED_SPEED_DISTANCE = 8


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one message."""

    name: str
    scale: float = 1.0
    offset: float = 0.0


def _fields(*rows: tuple[int, str] | tuple[int, str, float] | tuple[int, str, float, float]) -> dict[int, Field]:
    return {row[0]: Field(*row[1:]) for row in rows}


MESSAGES = {
    FILE_ID: "file_id",
    SPORT: "sport",
    SESSION: "session",
    LAP: "lap",
    RECORD: "record",
    EVENT: "event",
    DEVICE_INFO: "device_info",
    WORKOUT: "workout",
    WORKOUT_STEP: "workout_step",
    ACTIVITY: "activity",
    HRV: "hrv",
    LENGTH: "length",
    FIELD_DESCRIPTION: "field_description",
    DEVELOPER_DATA_ID: "developer_data_id",
}

FIELDS: dict[int, dict[int, Field]] = {
    FILE_ID: _fields(
        (0, "type"),
        (1, "manufacturer"),
        (2, "product"),
        (3, "serial_number"),
        (4, "time_created"),
        (5, "number"),
        (8, "product_name"),
    ),
    SPORT: _fields((0, "sport"), (1, "sub_sport"), (3, "name")),
    SESSION: _fields(
        (0, "event"),
        (1, "event_type"),
        (2, "start_time"),
        (3, "start_position_lat"),
        (4, "start_position_long"),
        (5, "sport"),
        (6, "sub_sport"),
        (7, "total_elapsed_time", 1000),
        (8, "total_timer_time", 1000),
        (9, "total_distance", 100),
        (10, "total_cycles"),
        (11, "total_calories"),
        (14, "avg_speed", 1000),
        (15, "max_speed", 1000),
        (16, "avg_heart_rate"),
        (17, "max_heart_rate"),
        (18, "avg_cadence"),
        (19, "max_cadence"),
        (20, "avg_power"),
        (21, "max_power"),
        (22, "total_ascent"),
        (23, "total_descent"),
        (24, "total_training_effect", 10),
        (25, "first_lap_index"),
        (26, "num_laps"),
        (28, "trigger"),
        (33, "num_lengths"),
        (34, "normalized_power"),
        (38, "end_position_lat"),
        (39, "end_position_long"),
        (44, "pool_length", 100),
        (46, "pool_length_unit"),
        (47, "num_active_lengths"),
        (57, "avg_temperature"),
        (58, "max_temperature"),
        (59, "total_moving_time", 1000),
        (64, "min_heart_rate"),
        (65, "time_in_hr_zone", 1000),
        (89, "avg_vertical_oscillation", 10),
        (90, "avg_stance_time_percent", 100),
        (91, "avg_stance_time", 10),
        (92, "avg_fractional_cadence", 128),
        (93, "max_fractional_cadence", 128),
        (94, "total_fractional_cycles", 128),
        (110, "sport_profile_name"),
        (124, "enhanced_avg_speed", 1000),
        (125, "enhanced_max_speed", 1000),
        (126, "enhanced_avg_altitude", 5, 500),
        (127, "enhanced_min_altitude", 5, 500),
        (128, "enhanced_max_altitude", 5, 500),
        (132, "avg_vertical_ratio", 100),
        (133, "avg_stance_time_balance", 100),
        (134, "avg_step_length", 10),
        (137, "total_anaerobic_training_effect", 10),
        (168, "training_load_peak", 65536),
        (192, "workout_feel"),
        (193, "workout_rpe"),
        (199, "total_fractional_ascent", 100),
        (200, "total_fractional_descent", 100),
        (TIMESTAMP, "timestamp"),
        (254, "message_index"),
    ),
    LAP: _fields(
        (0, "event"),
        (1, "event_type"),
        (2, "start_time"),
        (3, "start_position_lat"),
        (4, "start_position_long"),
        (5, "end_position_lat"),
        (6, "end_position_long"),
        (7, "total_elapsed_time", 1000),
        (8, "total_timer_time", 1000),
        (9, "total_distance", 100),
        (10, "total_cycles"),
        (11, "total_calories"),
        (13, "avg_speed", 1000),
        (14, "max_speed", 1000),
        (15, "avg_heart_rate"),
        (16, "max_heart_rate"),
        (17, "avg_cadence"),
        (18, "max_cadence"),
        (19, "avg_power"),
        (20, "max_power"),
        (21, "total_ascent"),
        (22, "total_descent"),
        (23, "intensity"),
        (24, "lap_trigger"),
        (25, "sport"),
        (32, "num_lengths"),
        (33, "normalized_power"),
        (35, "first_length_index"),
        (38, "swim_stroke"),
        (39, "sub_sport"),
        (40, "num_active_lengths"),
        (52, "total_moving_time", 1000),
        (57, "time_in_hr_zone", 1000),
        (63, "min_heart_rate"),
        (71, "wkt_step_index"),
        (77, "avg_vertical_oscillation", 10),
        (78, "avg_stance_time_percent", 100),
        (79, "avg_stance_time", 10),
        (80, "avg_fractional_cadence", 128),
        (81, "max_fractional_cadence", 128),
        (82, "total_fractional_cycles", 128),
        (110, "enhanced_avg_speed", 1000),
        (111, "enhanced_max_speed", 1000),
        (118, "avg_vertical_ratio", 100),
        (119, "avg_stance_time_balance", 100),
        (120, "avg_step_length", 10),
        (156, "total_fractional_ascent", 100),
        (157, "total_fractional_descent", 100),
        (TIMESTAMP, "timestamp"),
        (254, "message_index"),
    ),
    RECORD: _fields(
        (0, "position_lat"),
        (1, "position_long"),
        (2, "altitude", 5, 500),
        (3, "heart_rate"),
        (4, "cadence"),
        (5, "distance", 100),
        (6, "speed", 1000),
        (7, "power"),
        (COMPRESSED_SPEED_DISTANCE, "compressed_speed_distance"),
        (9, "grade", 100),
        (13, "temperature"),
        (29, "accumulated_power"),
        (31, "gps_accuracy"),
        (32, "vertical_speed", 1000),
        (33, "calories"),
        (39, "vertical_oscillation", 10),
        (40, "stance_time_percent", 100),
        (41, "stance_time", 10),
        (42, "activity_type"),
        (52, "cadence256", 256),
        (53, "fractional_cadence", 128),
        (73, "enhanced_speed", 1000),
        (78, "enhanced_altitude", 5, 500),
        (83, "vertical_ratio", 100),
        (84, "stance_time_balance", 100),
        (85, "step_length", 10),
        (108, "enhanced_respiration_rate", 100),
        (TIMESTAMP, "timestamp"),
    ),
    EVENT: _fields(
        (0, "event"), (1, "event_type"), (2, "data16"), (3, "data"), (4, "event_group"), (TIMESTAMP, "timestamp")
    ),
    DEVICE_INFO: _fields(
        (0, "device_index"),
        (1, "device_type"),
        (2, "manufacturer"),
        (3, "serial_number"),
        (4, "product"),
        (5, "software_version", 100),
        (27, "product_name"),
        (TIMESTAMP, "timestamp"),
    ),
    WORKOUT: _fields((4, "sport"), (5, "capabilities"), (6, "num_valid_steps"), (8, "wkt_name"), (11, "sub_sport")),
    WORKOUT_STEP: _fields(
        (0, "wkt_step_name"),
        (1, "duration_type"),
        (2, "duration_value"),
        (3, "target_type"),
        (4, "target_value"),
        (5, "custom_target_value_low"),
        (6, "custom_target_value_high"),
        (7, "intensity"),
        (8, "notes"),
        (254, "message_index"),
    ),
    ACTIVITY: _fields(
        (0, "total_timer_time", 1000),
        (1, "num_sessions"),
        (2, "type"),
        (3, "event"),
        (4, "event_type"),
        (5, "local_timestamp"),
        (TIMESTAMP, "timestamp"),
    ),
    HRV: _fields((0, "time", 1000)),
    LENGTH: _fields(
        (2, "start_time"),
        (3, "total_elapsed_time", 1000),
        (4, "total_timer_time", 1000),
        (5, "total_strokes"),
        (6, "avg_speed", 1000),
        (7, "swim_stroke"),
        (12, "length_type"),
        (TIMESTAMP, "timestamp"),
        (254, "message_index"),
    ),
    FIELD_DESCRIPTION: _fields(
        (0, "developer_data_index"),
        (1, "field_definition_number"),
        (2, "fit_base_type_id"),
        (3, "field_name"),
        (6, "scale"),
        (7, "offset"),
        (8, "units"),
        (14, "native_mesg_num"),
        (15, "native_field_num"),
    ),
    DEVELOPER_DATA_ID: _fields(
        (1, "application_id"), (2, "manufacturer_id"), (3, "developer_data_index"), (4, "application_version")
    ),
}

NUMBERS = {message: {known.name: number for number, known in fields.items()} for message, fields in FIELDS.items()}
"""The numbers of the fields by message and name."""

ON_FOOT = frozenset({1, 11, 17})
"""Running, walking, hiking: their cycles are strides and their cadence is that of one foot."""

STRIDE_NAMES = {
    "total_strides": "total_cycles",
    "avg_running_cadence": "avg_cadence",
    "max_running_cadence": "max_cadence",
}
"""What sessions and laps on foot call these fields."""
