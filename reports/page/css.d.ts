/** Styles are bundled, and say nothing to the program. */
declare module "*.css";
