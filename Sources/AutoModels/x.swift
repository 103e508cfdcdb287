package enum AutoModelsPlaceholder {}
