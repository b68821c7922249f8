"""What is to show it: files and their versions, published papers, and the patient's own words."""
