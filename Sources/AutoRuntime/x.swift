package enum AutoRuntimePlaceholder {}
