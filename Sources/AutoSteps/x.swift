package enum AutoStepsPlaceholder {}
