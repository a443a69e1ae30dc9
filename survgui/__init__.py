"""survgui: one patient, every modality there is of them, a survival curve that explains itself.

The rooms, from the ground up (each may use those above it in this list, never below):

* `errors`, `paths`, `settings`, `storage`: what can go wrong, where things live, how files are written;
* `cases`: what we know of a patient and of a cohort (numpy and the standard library only);
* `survival`: statistics; `readers`: files to arrays; `nets`: networks (torch only);
* `encoders`: arrays to features, and their scaling;
* `engine`: the use cases, as generators of steps; `figures` and `report`: what is drawn (Qt);
* `cli`: the use cases from a terminal.
"""

__version__ = "0.1.0"
