"""The dashboard: the one room, with app.py, that imports streamlit; pages fetch an answer, make one chart and show it."""
