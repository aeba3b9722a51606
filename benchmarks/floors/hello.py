"""The least that a dashboard must do: Streamlit, one choice, one Plotly chart."""

import plotly.graph_objects as go
import streamlit as st

st.set_page_config(layout="wide")
choice = st.selectbox("Period", ["0", "1", "2", "3", "4", "5"])
st.title(f"Chosen {choice}")
st.plotly_chart(go.Figure(go.Bar(x=["a", "b", "c"], y=[1, 2, 3 + int(choice)])))
