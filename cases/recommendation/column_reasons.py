"""Why a column was taken for what it is: its name, its place, or because a person chose it; see `cases.columns`."""

from __future__ import annotations

from models.errors import N_

BY_HEADING = {
    "user": N_("“{table}”: column “{column}” detected as user from its name."),
    "item": N_("“{table}”: column “{column}” detected as item from its name."),
    "value": N_("“{table}”: column “{column}” detected as rating or count from its name."),
    "time": N_("“{table}”: column “{column}” detected as time from its name."),
    "part": N_("“{table}”: column “{column}” detected as part (training, validation, test) from its name."),
    "id": N_("“{table}”: column “{column}” detected as item ID from its name."),
    "title": N_("“{table}”: column “{column}” detected as title from its name."),
    "genres": N_("“{table}”: column “{column}” detected as genres from its name."),
    "text": N_("“{table}”: column “{column}” detected as description from its name."),
}
BY_PERSON = {
    "user": N_("“{table}”: column “{column}” is the user, as you chose."),
    "item": N_("“{table}”: column “{column}” is the item, as you chose."),
    "value": N_("“{table}”: column “{column}” is the rating or count, as you chose."),
    "time": N_("“{table}”: column “{column}” is the time, as you chose."),
    "id": N_("“{table}”: column “{column}” is the item ID, as you chose."),
    "title": N_("“{table}”: column “{column}” is the title, as you chose."),
    "genres": N_("“{table}”: column “{column}” holds the genres, as you chose."),
    "text": N_("“{table}”: column “{column}” is the description, as you chose."),
}
BY_PLACE = {  # where there are no headings
    "user": N_("“{table}”: column “{column}” taken as user: without column names it is usually the first."),
    "item": N_("“{table}”: column “{column}” taken as item: without column names it is usually the second."),
    "value": N_("“{table}”: column “{column}” taken as rating or count: it follows the item."),
    "time": N_("“{table}”: column “{column}” taken as time: it holds times."),
    "id": N_("“{table}”: column “{column}” taken as item ID: it is the first, and no value occurs twice."),
    "title": N_("“{table}”: column “{column}” taken as title: it is the second, and holds words."),
    "genres": N_("“{table}”: column “{column}” taken as genres: it follows the title."),
}
