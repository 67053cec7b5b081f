"""What experiments share: parameters with meaning, unit and source, and the worlds they set up.

An experiment composes: a question, arms, metrics and claims. What its arms turn, and the scenario
and policies that come of it, is defined here, so that several may ask questions of one world.
"""
