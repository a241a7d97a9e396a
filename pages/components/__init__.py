"""What steps are drawn with; with JavaScript and CSS beside it where Streamlit has nothing."""
