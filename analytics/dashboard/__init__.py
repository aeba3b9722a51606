"""The dashboard: Streamlit pages over the reports of the library."""
