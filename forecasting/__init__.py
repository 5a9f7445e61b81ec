"""What we project over time: part and vehicle demand, and the measures that judge them.

Pure functions over frames and arrays. Nothing here knows Dagster, Streamlit, a database or a clock.
"""
