"""Every code that ends a message, with its meaning and what to do: for support, and for `survgui doctor --code`.

The message itself names the file and the row; a code stays the same when its words change. A test compares this
table with the codes that the program gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Code(NamedTuple):
    """What a code means.

    Attributes:
        title: What is wrong, in a few words.
        advice: What to do now, an imperative.
    """

    title: str
    advice: str


_COPY = "copy the file again from where it came and compare the sizes"
_EXPORT = "export the table again from the program that made it"
_INSTALL = "install the bundle again"

_FILE = {
    "01": Code("the {} is not there", "put it back where it was, or say where it is now"),
    "02": Code("a folder is in the place of the {}", "choose the file in it"),
    "03": Code("the {} is a pipe or a device", "choose the file itself"),
    "04": Code("the {} is empty", _COPY),
    "11": Code("the {} cannot be reached", "connect the drive, and see whether you may read the file"),
}
"""of every file, under the prefix of its reader (see `readers.sniff`)"""
_HARMFUL = {
    "09": Code("the {} would fill the memory", "make it smaller, or copy it again"),
    "10": Code("the {} is damaged", _COPY),
    "14": Code("the {} could not be opened in time", "copy it to this machine, or leave it out"),
    "15": Code("the {} ended the process that opened it", _COPY),
}
"""of files that are opened in a process of their own (see `readers.apart`)"""

_PLAIN = {
    # slides
    "SLD-05": (
        "the slide holds no pixel size",
        "give it in µm per pixel above the slide, with --mpp, or in the case file",
    ),
    "SLD-06": ("this is no slide", "choose the slide's file, or convert it to a pyramidal TIFF"),
    "SLD-07": ("the slide's file ends early", _COPY),
    "SLD-08": ("the slide holds other pixels than 8-bit RGB", "export it as bright-field H&E, 8 bits, RGB"),
    "SLD-20": ("no tissue was found", "see whether it is an H&E slide in colour and no label or empty glass"),
    "SLD-21": ("the slide is far smaller than a tile", "check its pixel size, or leave it out"),
    "SLD-22": ("the tissue lies outside of every whole tile", "leave the slide out"),
    "SLD-23": ("too much of the tissue is damaged", "copy the slide again"),
    "SLD-24": ("some tiles are damaged and were left out", "copy the slide again if they matter"),
    "SLD-25": ("something about the slide is unusual", "read the note, and look at the slide"),
    "SLD-26": ("the slide is smaller than a tile", "nothing: it is encoded with white around it"),
    # MRI
    "VOL-06": ("this is no MRI volume", "choose a .nii or .nii.gz file or a DICOM series"),
    "VOL-07": ("the volume's file ends early", _COPY),
    "VOL-08": ("the volume is of another kind", "save one volume of intensities on its own"),
    "VOL-09": ("the header is impossible", _COPY),
    "VOL-10": ("the voxels are damaged", _COPY),
    "VOL-14": ("slices of the series are missing", "copy the whole series again"),
    "VOL-15": ("slices of the series do not fit together", "copy the series again, or resample it to an even grid"),
    "VOL-16": ("the folder holds several series", "give one file of the series that is meant"),
    "VOL-17": ("DICOM files of several patients", "give the folder of one patient"),
    "VOL-18": ("a series lies in several folders, a part in each", "put all its files into one folder"),
    "MRI-20": ("no MRI sequence can be used", "give t1, t1c, t2 or flair"),
    "MRI-21": ("something about the MRI is unusual", "read the note, and look at the volumes"),
    # features of patches
    "BAG-06": ("this holds no features", "choose a .h5, .pt or .npz file of features"),
    "BAG-07": ("the file of features ends early", _COPY),
    "BAG-08": ("the features are no table of numbers, or differ in width", "encode all slides with one encoder"),
    "BAG-12": ("the file could run code or read other files, and is refused", "save the numbers alone in it"),
    "BAG-13": ("the file holds no features", "encode the slide, or choose the file with the features"),
    # tables
    "TBL-06": ("this is no table", "export the table as .csv or .xlsx"),
    "TBL-09": ("the archive unpacks to too much", "give a smaller table"),
    "TBL-10": ("the table's file is damaged", _EXPORT),
    "TBL-12": ("a member of the archive would leave its folder", "pack the files anew, without paths"),
    "TBL-13": ("the archive does not hold one table", "unpack it and give the table"),
    "TBL-14": ("a column is not there", "name one of those that the table has"),
    "TBL-15": ("the name says another format", "nothing, or rename the file"),
    "TBL-16": ("a sheet or an array is not there", "name one of those that the file has"),
    "TBL-17": ("the table has no rows", _EXPORT),
    "TBL-18": ("a line has too many or too few cells", "repair that line"),
    "TBL-19": ("a quotation mark is never closed", "repair that line"),
    "TBL-20": ("the text holds NUL bytes", _EXPORT),
    "TBL-21": ("values are infinite", "correct them or leave them blank"),
    "TBL-22": ("a cell is no number", "correct it or leave it blank"),
    "TBL-23": ("the text is not in UTF-8", "check accented letters"),
    "TBL-24": ("cells are parted by another character", "check the columns"),
    "TBL-25": ("numbers have a decimal comma", "check one of them"),
    "TBL-26": ("numbers have thousands separators", "check one of them"),
    "TBL-27": ("columns have the same name", "rename them if both are needed"),
    "TBL-28": ("the table has no header", "nothing, if it is one of features and values"),
    "TBL-29": (
        "numbers have lost their last digits",
        "format the column as text where the table comes from, if they are ids",
    ),
    # outcomes
    "OUT-01": ("how the event was read", "see whether it is what you mean"),
    "OUT-02": ("patients have no time or no event", "complete the table, if both are known"),
    "OUT-03": ("the event has more than two values", "filter the table, or list what means the event"),
    "OUT-04": ("nobody had the event", "correct event_value"),
    "OUT-05": ("nobody has an outcome", "check the columns of ids and time, and the filter"),
    "OUT-06": ("times are negative", "correct the table"),
    "OUT-07": ("a patient has two outcomes", "correct one of the two rows"),
    "OUT-08": ("patients have time 0", "check them; they count as half a day"),
    "OUT-09": ("the unit of time is in doubt", "check whether days, months or years are meant"),
    "OUT-10": ("what means the event was guessed", "check it, and give event_value"),
    "OUT-11": ("there are few events", "use the cohort for predictions, not for training"),
    "OUT-12": ("rows have a time and no patient's id", "give each its id"),
    # modalities of a cohort or a case
    "BLK-00": ("a modality cannot be read", "read the note, and correct the cohort file"),
    "BLK-01": ("what was read", "nothing"),
    "BLK-02": ("none of the patients is in the table", "name the column of ids that both tables share"),
    "BLK-03": ("the table's only row was taken to be the patient's", "check that it is"),
    "BLK-04": ("a file of a patient was left out", "read why, and mend that file"),
    "BLK-05": ("a spreadsheet made dates of genes", "export the table again with that column as text"),
    "BLK-06": ("no group's gene is among the features", "choose groups of the same ids"),
    "BLK-07": ("words are not in the given order", "add them to the order, if they belong there"),
    "BLK-08": ("a file that the case names is not there", "put it back, or correct the case file"),
    "BLK-09": ("a file of features holds no patch", "encode the slide again"),
    "BLK-10": ("ids of genes were named by symbols", "check them if few are known"),
    "BLK-11": ("names of genes were repaired", "check them"),
    "BLK-12": ("a table holds no value of its patients", "check the columns that are named"),
    "BLK-13": ("the outcome is an input too", "take it out of the columns of that modality"),
    "GRP-01": ("the file holds no gene group", "give one column a group, or a .gmt file"),
    "GRP-02": ("the groups are no text in UTF-8", "save the file as such"),
    # cohorts and cases as they are described
    "COH-01": ("a key is not known", "correct its spelling"),
    "COH-02": ("a key is missing", "add it"),
    "COH-03": ("a value is of the wrong kind", "write it as the message says"),
    "COH-04": ("the description is not there", "choose the file, or the folder that holds it"),
    "COH-05": ("the description is no valid TOML", "correct the line that is named"),
    "COH-06": ("files are the same for everyone", "put {case} into the pattern"),
    "COH-10": ("a fold has nobody to train on or to test on", "check the table of splits"),
    "COH-11": ("patients train and test in one fold", "correct the table of splits"),
    "COH-12": ("missingness itself carries risk", "judge imputation by more than the outcome"),
    "COH-13": ("patients have no modality at all", "give their files, or leave them out"),
    "COH-14": ("nothing of the case could be read", "read the reasons, and mend one of the files"),
    "COH-15": ("the cohort was read with errors", "mend what `survgui cohort check` says"),
    "COH-16": ("two patients have the same file or values", "correct the ids, or leave one of them out"),
    "COH-17": ("a list of files lacks a column", "name the columns `case` and `file`"),
    "COH-18": ("a file carries the ids of two patients", "rename it, or say whose it is in a list of files"),
    "REC-01": ("a file was not used", "say what it is, or leave it out"),
    "REC-02": ("a modality was given twice", "take one of the two out"),
    "CAS-01": ("files of the case are no longer there", "put them back, or relink the case"),
    "CAS-02": ("the kept result is out of date", "predict the case again"),
    # import
    "IMP-01": ("no outcome was chosen", "say which table and columns hold time and event"),
    "IMP-02": ("nobody of a table has an outcome", "choose another column of ids"),
    "IMP-03": ("no file was taken for a modality", "say what one of them is"),
    "IMP-04": ("files carry no patient's id in their name", "rename them, or leave them out"),
    "IMP-05": ("patients are in no fold", "draw folds instead, if they should be tested"),
    "IMP-06": ("a table holds times and no events", "add a column that says who had the event"),
    "IMP-07": ("MRI series cannot be used", "read the reason, and copy the series again"),
    "IMP-08": ("slides are of normal tissue", "nothing to do; a tumour's slide is taken"),
    "IMP-09": ("times are not all numbers", "correct those cells or leave them blank"),
    "IMP-10": ("dates do not make an outcome as they are", "add the date that is missing, or write year-month-day"),
    "IMP-11": ("samples are of several patients", "correct the table of samples, or leave it out"),
    "IMP-12": ("ids differ only in capitals, leading zeros or signs", "write them alike in both files"),
    "IMP-13": ("ids are names of pictures", "add a table that says whose each picture is"),
    "GDC-01": ("gene counts are nobody's", "add the sample sheet of the GDC's cart"),
    "GDC-02": ("gene counts could not be read", "download them again"),
    "GDC-03": ("gene counts are of other genes", "import them by themselves"),
    "GDC-04": ("a second file of one sample was left out", "nothing"),
    "GEN-01": ("few features are known genes", "check the modality, and that they are human"),
    "GEN-02": ("dates may be one of two genes", "export the table again with that column as text"),
    "GEN-03": ("dates were repaired to genes", "check them"),
    "MUT-01": ("how a list of mutations was read", "check who was sequenced"),
    "MUT-02": ("genes without a mutation count as not mutated", "give a table of genes if only some were sequenced"),
    # encoding
    "ENC-01": ("the encoder's weights are not those of it", "install survgui again"),
    "ENC-02": ("there is no such encoder", "name one of those that are listed"),
    "ENC-03": ("an encoder does not start", "see its own documentation"),
    "ENC-04": ("a file became unreadable", "see whether its drive is still there"),
    "ENC-05": ("a slide could not be encoded", "read why"),
    "ENC-06": ("files of this kind cannot be encoded", "give a table instead"),
    "ENC-07": ("slides were not encoded beside features of another encoder", "encode all with one encoder"),
    "ENC-08": ("features are not kept for the next time", "free some room on the cache's disk"),
    # bundles
    "BUN-01": ("this is no bundle", "choose a bundle's folder, or the name of one that is installed"),
    "BUN-02": ("the manifest is damaged or incomplete", _INSTALL),
    "BUN-03": ("a later survgui made the bundle", "update survgui"),
    "BUN-04": ("a file of the bundle is missing or was changed", _INSTALL),
    "BUN-05": ("tensors of the bundle are damaged", _INSTALL),
    "BUN-06": ("the bundle does not fit together, or this version", f"update survgui, or {_INSTALL}"),
    "BUN-07": ("the archive holds no bundle", "choose the zip file of one bundle"),
    "BUN-08": ("a bundle cannot have this name", "use letters, digits, dots and dashes"),
    # evaluation and training
    "EVA-01": ("the file is too large for an evaluation", "choose what `survgui evaluate --json` wrote"),
    "EVA-02": ("the evaluation is no longer there", "open it anew"),
    "EVA-03": ("the evaluation is no JSON", "choose what `survgui evaluate --json` wrote"),
    "EVA-04": ("this is no evaluation", "choose what `survgui evaluate --json` wrote"),
    "EVA-05": ("the evaluation is not complete", "make it anew"),
    "EVA-06": ("the study is not complete", "make it anew"),
    "EVA-11": ("the evaluation cannot be opened", "check the path, and whether you may read it"),
    "EVA-12": ("the evaluation is no JSON", "choose what `survgui evaluate --json` wrote"),
    "EVA-13": ("this is no evaluation", "choose what `survgui evaluate --json` wrote"),
    "RSK-01": ("the published risks cannot be opened", "check the path"),
    "RSK-02": ("the published risks are no csv file", "save them as csv in UTF-8"),
    "RSK-03": ("a column of the published risks is missing", "add it"),
    "RSK-04": ("a published risk is no number", "correct it"),
    "RSK-05": ("a patient has two published risks", "take one of them out"),
    "SPL-01": ("a line has no fold", "give columns case, fold and part"),
    "SPL-02": ("a part is neither train nor test", "correct it"),
    "SPL-03": ("a fold has nobody of this cohort", "take splits that were made for it"),
    "SPL-04": ("no row names a patient of this cohort", "take splits that were made for it"),
    "SPL-05": ("the splits cannot be opened", "check the path"),
    "SPL-06": ("the splits are no csv file", "save them as csv in UTF-8"),
    "SPL-07": ("a fold names a patient twice", "correct the table"),
    "CFG-01": ("the settings cannot be opened", "check the path"),
    "CFG-02": ("the settings are no TOML", "write lines such as: epochs = 40"),
    "TRU-01": ("the truth of a simulated cohort cannot be read", "simulate the cohort again"),
    # machine, storage, workspace, batch
    "DEV-01": ("there is no device of this name", "choose auto, cpu, cuda or mps"),
    "DEV-02": ("this machine has no such device", "choose auto or cpu"),
    "DEV-03": ("the memory is exhausted", "close other programs, or choose fewer draws or the CPU"),
    "STO-01": ("a file could not be written", "free some room, or choose another place"),
    "STO-02": ("the system refused a file or a folder", "see whether its disk is there, has room, and may be written"),
    "WRK-01": ("another survgui has the cases", "close it, then choose to edit in this window"),
    "WRK-02": ("the list of cases cannot be used", "start survgui again; free some room if it is not damaged"),
    "WRK-03": ("the folder of the cases cannot be used", "see whether its drive is there and you may write to it"),
    "WRK-04": ("a later survgui wrote the list of cases", "start that version; nothing was changed"),
    "AUD-01": ("the audit log is broken", "keep the folder, and compare it with a backup"),
    "AUD-02": ("the audit log is in use by another survgui", "close it, then try again"),
    "AUD-03": ("the audit log cannot be written, so nothing was done", "free some room; see that you may write there"),
    "ARC-01": ("the case's archive cannot be read", "copy it again"),
    "ARC-02": ("this is no archive of a case", "give a .survcase that survgui has written"),
    "ARC-03": ("the archive is damaged", "export the case again"),
    "ARC-04": ("a file of the archive is not as its manifest says", "copy it again from where it came"),
    "ARC-05": ("the archive holds what no case has, and is refused", "ask whoever sent it for a new one"),
    "ARC-06": ("a later survgui wrote the archive", "update survgui"),
    "BAT-01": ("the process that worked on a case ended", "check its files, then retry what failed"),
    "BAT-02": ("a case was given up after a long silence", "see whether its drive is there, then retry"),
    "BAT-03": ("a case needs more memory than there is", "retry it with fewer processes"),
    "BAT-04": ("a modality of a case was not found", "see whether its files were moved"),
}

CODES: Mapping[str, Code] = {
    **{
        f"{prefix}-{n}": Code(code.title.format(noun), code.advice)
        for prefix, noun in (("SLD", "slide"), ("VOL", "volume"), ("BAG", "file of features"), ("TBL", "table"))
        for n, code in _FILE.items()
    },
    **{
        f"{prefix}-{n}": Code(code.title.format(noun), code.advice)
        for prefix, noun in (("SLD", "slide"), ("BAG", "file of features"))
        for n, code in _HARMFUL.items()
    },
    **{name: Code(*words) for name, words in _PLAIN.items()},
}
"""Code -> meaning, of all codes that survgui gives"""
