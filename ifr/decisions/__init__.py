"""The decision record: reasons, conditions, funding approval, chair's action, authority."""
