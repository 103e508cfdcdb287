import Encodings

/// The names of SVG and MathML that have capitals, by their small letters: HTML is written in any letters,
/// and its reader gives these names their capitals back.
enum ForeignNames {
    typealias Table = [ArraySlice<UInt8>: String]

    static let svgElements = table(
        """
        altGlyph altGlyphDef altGlyphItem animateColor animateMotion animateTransform clipPath feBlend \
        feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting \
        feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR \
        feGaussianBlur feImage feMerge feMergeNode feMorphology feOffset fePointLight \
        feSpecularLighting feSpotLight feTile feTurbulence foreignObject glyphRef linearGradient \
        radialGradient textPath
        """)

    static let svgAttributes = table(
        """
        attributeName attributeType baseFrequency baseProfile calcMode clipPathUnits diffuseConstant \
        edgeMode filterUnits glyphRef gradientTransform gradientUnits kernelMatrix kernelUnitLength \
        keyPoints keySplines keyTimes lengthAdjust limitingConeAngle markerHeight markerUnits \
        markerWidth maskContentUnits maskUnits numOctaves pathLength patternContentUnits \
        patternTransform patternUnits pointsAtX pointsAtY pointsAtZ preserveAlpha \
        preserveAspectRatio primitiveUnits refX refY repeatCount repeatDur requiredExtensions \
        requiredFeatures specularConstant specularExponent spreadMethod startOffset stdDeviation \
        stitchTiles surfaceScale systemLanguage tableValues targetX targetY textLength viewBox \
        viewTarget xChannelSelector yChannelSelector zoomAndPan
        """)

    static let mathMLAttributes = table("definitionURL")

    private static func table(_ names: String) -> Table {
        var table: Table = [:]
        for name in names.split(separator: " ") {
            table[ArraySlice(name.utf8.map { smallLetter($0) })] = String(name)
        }
        return table
    }
}
