package enum AutoSyntaxPlaceholder {}
