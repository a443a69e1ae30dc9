"""What a few hundred patients can teach in closed form, before anything deep is trained (our choice).

`factors.py` splits the modalities into what they share and what each has of its own; `hazard.py` says what
that means for survival. A network starts from both (`survgui.nets.anchor`) and learns what they miss.
"""
