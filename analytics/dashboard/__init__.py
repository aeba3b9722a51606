"""The dashboard: Streamlit pages over the same answers."""
