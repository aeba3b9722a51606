"""The dashboard: Streamlit pages that show the reports."""
