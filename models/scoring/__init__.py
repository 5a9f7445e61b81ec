"""Chances of an event with reasons: scorecards fitted on earlier months, judged on later ones."""
