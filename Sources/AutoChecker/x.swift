package enum AutoCheckerPlaceholder {}
