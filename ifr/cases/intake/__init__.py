"""What reaches the office by other ways than the form: requests by e-mail, on paper or by telephone, contacts, enquiries."""
