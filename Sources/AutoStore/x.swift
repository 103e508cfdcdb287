package enum AutoStorePlaceholder {}
