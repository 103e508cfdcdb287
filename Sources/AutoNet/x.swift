package enum AutoNetPlaceholder {}
